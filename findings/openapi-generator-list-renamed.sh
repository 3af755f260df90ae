#!/usr/bin/env bash
# openapi-generator 7.10.0, Java client: an operation whose operationId is `list` becomes the method `callList`.
#
# `list` is no word of Java, and no other method of the class has the name. The generator takes it for reserved, renames
# the method, says so in one line of its log and ends with 0. A client in Java that is generated anew after an operation
# was named `list` has no method of the name that the document states; the Python client of the same document keeps it.
# Output seen: callList and getOne in Java, list and get_one in Python.
#
# Seen with openapi-generator-cli 7.10.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
  -Dartifact=org.openapitools:openapi-generator-cli:7.10.0 -DoutputDirectory=. >/dev/null
cat >document.json <<'EOF'
{"openapi": "3.0.3", "info": {"title": "things", "version": "1"}, "paths": {
  "/things": {"get": {"operationId": "list", "responses": {"200": {"description": "all"}}}},
  "/thing": {"get": {"operationId": "getOne", "responses": {"200": {"description": "one"}}}}}}
EOF
java -jar openapi-generator-cli-7.10.0.jar version
for language in java python; do
  java -jar openapi-generator-cli-7.10.0.jar generate -i document.json -g "$language" -o "$language" >"$language.log" 2>&1
done
methods() { grep -rhoE "$1" "$2" | sort -u | tr '\n' ' '; }
in_java=$(methods 'public void (list|callList|getOne)\(' java/src/main/java/org/openapitools/client/api/DefaultApi.java)
in_python=$(methods 'def (list|get_one|call_list)\(' python/openapi_client/api/default_api.py)
echo "Java:   $in_java"
echo "Python: $in_python"
grep -h "reserved word" java.log | head -1
[ "$in_java" = "public void callList( public void getOne( " ]
[ "$in_python" = "def get_one( def list( " ]
