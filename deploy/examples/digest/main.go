// Computes the digests of records and lists, and checks itself against the test vectors of syncd.
//
//	go run . ../../../schemas/digest-vectors.json
//
// Ends with 1 when a digest differs.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strings"

	"golang.org/x/text/unicode/norm"
)

var (
	invisible = regexp.MustCompile(`[\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180e}\x{200b}-\x{200f}` +
		`\x{202a}-\x{202e}\x{2060}-\x{206f}\x{fe00}-\x{fe0f}\x{feff}]`)
	spaces = regexp.MustCompile(`[\x{9}-\x{d}\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}` +
		`\x{205f}\x{3000}]+`)
	ordered = map[string]bool{"parts": true, "lines": true}
)

// canonical gives the canonical JSON of a record or of a part of one; nil for what is left out.
func canonical(value any, name string) []byte {
	switch value := value.(type) {
	case string:
		text := strings.Trim(spaces.ReplaceAllString(norm.NFC.String(invisible.ReplaceAllString(value, "")), " "), " ")
		if text == "" {
			return nil
		}
		return quoted(text)
	case []any:
		var parts [][]byte
		for _, part := range value {
			if written := canonical(part, ""); written != nil {
				parts = append(parts, written)
			}
		}
		if !ordered[name] {
			sort.Slice(parts, func(i, j int) bool { return bytes.Compare(parts[i], parts[j]) < 0 })
		}
		return enclosed('[', parts, ']')
	case map[string]any:
		var fields [][]byte
		for _, key := range sorted(value) {
			if written := canonical(value[key], key); written != nil && key != "published_id" {
				fields = append(fields, append(append(quoted(key), ':'), written...))
			}
		}
		return enclosed('{', fields, '}')
	case bool:
		return []byte(fmt.Sprint(value))
	}
	return nil
}

func enclosed(open byte, parts [][]byte, closed byte) []byte {
	if len(parts) == 0 {
		return nil
	}
	return append(append([]byte{open}, bytes.Join(parts, []byte{','})...), closed)
}

// quoted gives a JSON text with the escapes of RFC 8785. Go's own encoder escapes U+2028 and U+2029 as well, which the
// canonical form does not contain; DEL stays as it is in both.
func quoted(text string) []byte {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err)
	}
	return bytes.TrimRight(written.Bytes(), "\n")
}

func sorted[V any](of map[string]V) []string {
	var keys []string
	for key := range of {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

func listDigest(digests map[string]string) string {
	var lines strings.Builder
	for _, key := range sorted(digests) {
		fmt.Fprintf(&lines, "%s %s\n", key, digests[key])
	}
	return sum([]byte(lines.String()))
}

func sum(content []byte) string {
	hashed := sha256.Sum256(content)
	return hex.EncodeToString(hashed[:])
}

func main() {
	content, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var vectors struct {
		Records []struct {
			Shows, Digest string
			Record        any
		}
		Lists []struct {
			Digests map[string]string
			Digest  string
		}
	}
	if err := json.Unmarshal(content, &vectors); err != nil {
		panic(err)
	}
	right, all := 0, len(vectors.Records)+len(vectors.Lists)
	check := func(shows, found, expected string) {
		if found == expected {
			right++
			return
		}
		fmt.Printf("wrong: %s: %s instead of %s\n", shows, found, expected)
	}
	for _, one := range vectors.Records {
		check(one.Shows, sum(canonical(one.Record, "")), one.Digest)
	}
	for _, one := range vectors.Lists {
		check("a list", listDigest(one.Digests), one.Digest)
	}
	fmt.Printf("%d of %d digests are right\n", right, all)
	if right != all {
		os.Exit(1)
	}
}
