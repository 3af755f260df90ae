import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Computes the digests of records and lists, and checks itself against the test vectors of syncd.
 *
 * <p>java -cp 'libs/*' Digest.java schemas/digest-vectors.json (needs Jackson). Ends with 1 when a digest differs.
 */
public final class Digest {
    private static final Set<String> ORDERED = Set.of("parts", "lines");
    private static final Pattern INVISIBLE = Pattern.compile(
        "[\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180e\\u200b-\\u200f\\u202a-\\u202e"
            + "\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff]");
    private static final String SPACE =
        "[\\u0009-\\u000d\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
    private static final Pattern SPACES = Pattern.compile(SPACE + "+");
    private static final Pattern ENDS = Pattern.compile("^ | $");

    /** The canonical JSON of a record or of a part of one; empty for what is left out. */
    static String canonical(JsonNode value, String name) {
        if (value.isTextual()) {
            String text = tidy(value.textValue());
            return text.isEmpty() ? "" : quoted(text);
        }
        if (value.isArray()) {
            return array(value, ORDERED.contains(name));
        }
        if (value.isObject()) {
            return object(value);
        }
        return value.isNull() ? "" : value.toString();
    }

    private static String tidy(String text) {
        String composed = Normalizer.normalize(INVISIBLE.matcher(text).replaceAll(""), Normalizer.Form.NFC);
        return ENDS.matcher(SPACES.matcher(composed).replaceAll(" ")).replaceAll("");
    }

    private static String array(JsonNode value, boolean ordered) {
        List<String> parts = new ArrayList<>();
        for (JsonNode part : value) {
            String written = canonical(part, "");
            if (!written.isEmpty()) {
                parts.add(written);
            }
        }
        if (!ordered) {
            // By UTF-8 bytes: Java's own order of texts is that of UTF-16.
            parts.sort((one, other) -> Arrays.compareUnsigned(bytes(one), bytes(other)));
        }
        return parts.isEmpty() ? "" : "[" + String.join(",", parts) + "]";
    }

    private static String object(JsonNode value) {
        Map<String, String> fields = new TreeMap<>();
        for (Iterator<Map.Entry<String, JsonNode>> all = value.fields(); all.hasNext(); ) {
            Map.Entry<String, JsonNode> field = all.next();
            String written = canonical(field.getValue(), field.getKey());
            if (!written.isEmpty() && !field.getKey().equals("published_id")) {
                fields.put(field.getKey(), quoted(field.getKey()) + ":" + written);
            }
        }
        return fields.isEmpty() ? "" : "{" + String.join(",", fields.values()) + "}";
    }

    /** A JSON text with the escapes of RFC 8785. */
    private static String quoted(String text) {
        StringBuilder made = new StringBuilder("\"");
        for (char one : text.toCharArray()) {
            switch (one) {
                case '"' -> made.append("\\\"");
                case '\\' -> made.append("\\\\");
                case '\b' -> made.append("\\b");
                case '\t' -> made.append("\\t");
                case '\n' -> made.append("\\n");
                case '\f' -> made.append("\\f");
                case '\r' -> made.append("\\r");
                default -> made.append(one < 0x20 ? String.format("\\u%04x", (int) one) : String.valueOf(one));
            }
        }
        return made.append('"').toString();
    }

    static String listDigest(JsonNode digests) throws Exception {
        List<String> keys = new ArrayList<>();
        digests.fieldNames().forEachRemaining(keys::add);
        keys.sort((one, other) -> Arrays.compareUnsigned(bytes(one), bytes(other)));
        StringBuilder lines = new StringBuilder();
        for (String key : keys) {
            lines.append(key).append(' ').append(digests.get(key).textValue()).append('\n');
        }
        return sha256(lines.toString());
    }

    private static String sha256(String text) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(text)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) throws Exception {
        JsonNode vectors = new ObjectMapper().readTree(new File(arguments[0]));
        int right = 0;
        int all = 0;
        for (JsonNode one : vectors.get("records")) {
            all++;
            right += check(one, sha256(canonical(one.get("record"), "")));
        }
        for (JsonNode one : vectors.get("lists")) {
            all++;
            right += check(one, listDigest(one.get("digests")));
        }
        System.out.println(right + " of " + all + " digests are right");
        System.exit(right == all ? 0 : 1);
    }

    private static int check(JsonNode vector, String found) {
        if (found.equals(vector.get("digest").textValue())) {
            return 1;
        }
        System.out.println("wrong: " + vector.path("shows").asText("a list") + ": " + found);
        return 0;
    }
}
