import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Follows one sanctions list of syncd's from Kafka: the current list, proven by its digest, then every commit. */
public class Follow {
    private static final int STARTS_MAX = 5;
    private static final Duration POLL = Duration.ofMillis(500);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A sequence that does not follow: what lies between was not seen. */
    private static class Gap extends RuntimeException {
        Gap(String why) {
            super(why);
        }
    }

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final TopicPartition changes;
    private final TopicPartition records;
    private final TopicPartition publications;
    private final long until;
    private final boolean stepping;
    private final BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    /** Digests by key, in the order of their UTF-8 bytes, after the change with `sequence`. */
    private Map<String, String> digests = empty();
    private Map<String, Long> written = new HashMap<>();
    private long sequence = 0;

    Follow(Map<String, String> options) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", options.get("brokers"));
        settings.put("isolation.level", "read_committed");
        settings.put("auto.offset.reset", "none");
        settings.put("enable.auto.commit", "false");
        consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        String prefix = options.getOrDefault("prefix", "sanctions.");
        int partition = Integer.parseInt(options.get("partition"));
        changes = new TopicPartition(prefix + "changes.v1", partition);
        records = new TopicPartition(prefix + "records.v1", partition);
        publications = new TopicPartition(prefix + "publications.v1", partition);
        until = Long.parseLong(options.getOrDefault("until", String.valueOf(Long.MAX_VALUE)));
        stepping = options.containsKey("step");
    }

    private static Map<String, String> empty() {
        return new TreeMap<>((one, other) -> Arrays.compareUnsigned(
                one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8)));
    }

    void run() throws Exception {
        try (consumer) {
            follow(start());
        }
    }

    /** The current list; gives the offset of `changes` at which to go on. */
    private long start() throws Exception {
        for (int attempt = 0; attempt < STARTS_MAX; attempt++) {
            long present = materialise();
            if (isProven()) {
                tell("current");
                return present;
            }
            // A commit became visible in one topic a moment before another.
            Thread.sleep(1000);
        }
        throw new Gap("the list does not have the digest that its publication states");
    }

    private long materialise() throws Exception {
        digests = empty();
        written = new HashMap<>();
        step("before the end of changes is noted");
        long noted = end(changes);
        step("before records are read");
        read(records, begin(records), end(records), this::takeRecord);
        // The record of the last change bears the highest sequence of all.
        sequence = written.values().stream().mapToLong(Long::longValue).max().orElse(0);
        step("before changes are read");
        long present = end(changes);
        long[] last = {-1};
        read(changes, noted, present, message -> splice(message, last));
        return present;
    }

    private void takeRecord(ConsumerRecord<byte[], byte[]> message) {
        String digest = header(message, "digest");
        // Parts of a large record have no digest of their own.
        if (message.value() == null || digest == null) {
            return;
        }
        String key = text(message.key());
        written.put(key, Long.parseLong(header(message, "sequence")));
        digests.remove(key);
        if (header(message, "status").equals("listed")) {
            digests.put(key, digest);
        }
    }

    /** Apply a change that is newer than the record of its key; the others are in the records already. */
    private void splice(ConsumerRecord<byte[], byte[]> message, long[] last) {
        JsonNode change = json(message.value());
        long its = change.get("sequence").asLong();
        long expected = last[0] >= 0 ? last[0] + 1 : Math.min(its, sequence + 1);
        if (its != expected) {
            throw new Gap("sequence " + its + " comes where " + expected + " belongs");
        }
        for (String key : gone(change)) {
            if (its > written.getOrDefault(key, 0L)) {
                digests.remove(key);
            }
        }
        String key = change.get("key").asText();
        if (change.hasNonNull("digest_after") && its > written.getOrDefault(key, 0L)) {
            digests.put(key, change.get("digest_after").asText());
        }
        sequence = Math.max(sequence, its);
        last[0] = its;
    }

    private boolean isProven() throws Exception {
        step("before the digest is compared");
        List<String> stated = new ArrayList<>();
        read(publications, begin(publications), end(publications), message -> {
            JsonNode row = json(message.value());
            if (row.get("kind").asText().equals("commit") && row.path("last_sequence").asLong() == sequence) {
                stated.add(row.get("ledger_digest").asText());
            }
        });
        return stated.isEmpty() ? sequence == 0 : stated.get(0).equals(digest());
    }

    private void follow(long offset) throws Exception {
        consumer.assign(List.of(changes));
        consumer.seek(changes, offset);
        while (sequence < until) {
            for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
                apply(json(message.value()));
            }
        }
    }

    private void apply(JsonNode change) throws Exception {
        long its = change.get("sequence").asLong();
        if (its != sequence + 1) {
            throw new Gap("sequence " + its + " comes where " + (sequence + 1) + " belongs");
        }
        gone(change).forEach(digests::remove);
        if (change.hasNonNull("digest_after")) {
            digests.put(change.get("key").asText(), change.get("digest_after").asText());
        }
        sequence = its;
        if (change.get("index").asInt() + 1 == change.get("count").asInt()) {
            tell("commit");
        }
    }

    /** The keys that are no longer in force by this change. */
    private static List<String> gone(JsonNode change) {
        List<String> keys = new ArrayList<>();
        if (change.get("type").asText().equals("delisted")) {
            keys.add(change.get("key").asText());
        }
        if (change.hasNonNull("previous_key")) {
            keys.add(change.get("previous_key").asText());
        }
        return keys;
    }

    /** Messages from `start` to before `end`; the position tells, for marks of transactions take offsets too. */
    private void read(TopicPartition partition, long start, long end, Consumer<ConsumerRecord<byte[], byte[]>> take) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, start);
        while (start < end && consumer.position(partition) < end) {
            for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
                if (message.offset() < end) {
                    take.accept(message);
                }
            }
        }
    }

    private long begin(TopicPartition partition) {
        return consumer.beginningOffsets(List.of(partition)).get(partition);
    }

    private long end(TopicPartition partition) {
        return consumer.endOffsets(List.of(partition)).get(partition);
    }

    private String digest() throws Exception {
        MessageDigest whole = MessageDigest.getInstance("SHA-256");
        for (Map.Entry<String, String> one : digests.entrySet()) {
            whole.update((one.getKey() + " " + one.getValue() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(whole.digest());
    }

    private void tell(String event) throws Exception {
        System.out.printf("{\"event\": \"%s\", \"sequence\": %d, \"records\": %d, \"digest\": \"%s\"}%n",
                event, sequence, digests.size(), digest());
        System.out.flush();
    }

    private void step(String name) throws Exception {
        if (stepping) {
            System.out.printf("{\"event\": \"step\", \"name\": \"%s\"}%n", name);
            System.out.flush();
            input.readLine();
        }
    }

    private static String header(ConsumerRecord<byte[], byte[]> message, String name) {
        Header found = message.headers().lastHeader(name);
        return found == null ? null : text(found.value());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static JsonNode json(byte[] value) {
        try {
            return JSON.readTree(value);
        } catch (java.io.IOException error) {
            throw new IllegalArgumentException("a message that is no JSON", error);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int at = 0; at < arguments.length; at++) {
            String name = arguments[at].substring(2);
            options.put(name, name.equals("step") ? "" : arguments[++at]);
        }
        try {
            new Follow(options).run();
        } catch (Gap gap) {
            System.err.println("stopped: " + gap.getMessage());
            System.exit(1);
        }
    }
}
