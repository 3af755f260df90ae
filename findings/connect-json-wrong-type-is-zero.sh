#!/usr/bin/env bash
# Kafka Connect's JsonConverter with a fixed schema turns values of another JSON type into 0, false or null, unsaid.
#
# `schema.content` states the schema of values that carry none. Of a field that is stated as int64 the text "2014" is read
# as 0, of a boolean the text "true" as false, of an optional string the number 5 and any object as null: neither an
# error nor a line of log, and the sink writes it. Only a string that is not optional raises a DataException, which speaks
# of null. What feeds such a sink must state each type exactly, and an object is no text to it.
# Output seen: int64 "2014" -> 0, boolean "true" -> false, string 5 -> null, string {"a": 1} -> null.
#
# Seen with org.apache.kafka:connect-json 4.3.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'EOF'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>connect-json</artifactId><version>4.3.1</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
EOF
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=jars >/dev/null
cat >Read.java <<'EOF'
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;

class Read {
  public static void main(String[] arguments) {
    String[][] cells = {{"int64", "\"2014\""}, {"boolean", "\"true\""}, {"string", "5"}, {"string", "{\"a\": 1}"}};
    for (String[] cell : cells) {
      JsonConverter converter = new JsonConverter();
      String schema = "{\"type\": \"struct\", \"fields\": [{\"field\": \"one\", \"type\": \"" + cell[0]
          + "\", \"optional\": true}]}";
      converter.configure(Map.of("schemas.enable", "true", "schema.content", schema), false);
      Struct read = (Struct) converter.toConnectData("t", ("{\"one\": " + cell[1] + "}").getBytes()).value();
      System.out.println(cell[0] + " " + cell[1] + " -> " + read.get("one"));
    }
  }
}
EOF
java -cp 'jars/*' Read.java | tee read
diff read - <<'EOF'
int64 "2014" -> 0
boolean "true" -> false
string 5 -> null
string {"a": 1} -> null
EOF
echo "still so"
