// Follows one sanctions list of syncd's from Kafka: the current list, proven by its digest, then every commit.
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const startsMax = 5

// errGap is a sequence that does not follow: what lies between was not seen.
var errGap = errors.New("a gap")

// change is the part of a change that the list is made of.
type change struct {
	Key         string  `json:"key"`
	Type        string  `json:"type"`
	Sequence    int64   `json:"sequence"`
	Index       int     `json:"index"`
	Count       int     `json:"count"`
	DigestAfter *string `json:"digest_after"`
	PreviousKey *string `json:"previous_key"`
}

// row is the part of a publication that proves the list.
type row struct {
	Kind         string `json:"kind"`
	LastSequence *int64 `json:"last_sequence"`
	LedgerDigest string `json:"ledger_digest"`
}

// follower has the list of one feed: digests by key, after the change with `sequence`.
type follower struct {
	servers   []string
	prefix    string
	partition int32
	until     int64
	stepping  bool
	input     *bufio.Reader
	digests   map[string]string
	written   map[string]int64
	sequence  int64
}

func (f *follower) run(ctx context.Context) error {
	offset, err := f.start(ctx)
	if err != nil {
		return err
	}
	return f.follow(ctx, offset)
}

// start puts the current list together; it returns the offset of `changes` at which to go on.
func (f *follower) start(ctx context.Context) (int64, error) {
	for range startsMax {
		present, err := f.materialise(ctx)
		if err != nil {
			return 0, err
		}
		proven, err := f.isProven(ctx)
		if err != nil {
			return 0, err
		}
		if proven {
			f.tell("current")
			return present, nil
		}
		// A commit became visible in one topic a moment before another.
		time.Sleep(time.Second)
	}
	return 0, fmt.Errorf("%w: the list does not have the digest that its publication states", errGap)
}

func (f *follower) materialise(ctx context.Context) (int64, error) {
	f.digests, f.written = map[string]string{}, map[string]int64{}
	f.step("before the end of changes is noted")
	noted, err := f.end(ctx, "changes")
	if err != nil {
		return 0, err
	}
	f.step("before records are read")
	if err := f.whole(ctx, "records", f.takeRecord); err != nil {
		return 0, err
	}
	// The record of the last change bears the highest sequence of all.
	f.sequence = 0
	for _, sequence := range f.written {
		f.sequence = max(f.sequence, sequence)
	}
	f.step("before changes are read")
	present, err := f.end(ctx, "changes")
	if err != nil {
		return 0, err
	}
	last := int64(-1)
	err = f.read(ctx, "changes", noted, present, func(message *kgo.Record) error { return f.splice(message, &last) })
	return present, err
}

func (f *follower) takeRecord(message *kgo.Record) error {
	digest, found := header(message, "digest")
	// Parts of a large record have no digest of their own.
	if message.Value == nil || !found {
		return nil
	}
	key := string(message.Key)
	sequence, _ := header(message, "sequence")
	number, err := strconv.ParseInt(sequence, 10, 64)
	if err != nil {
		return err
	}
	f.written[key] = number
	delete(f.digests, key)
	if status, _ := header(message, "status"); status == "listed" {
		f.digests[key] = digest
	}
	return nil
}

// splice applies a change that is newer than the record of its key; the others are in the records already.
func (f *follower) splice(message *kgo.Record, last *int64) error {
	var it change
	if err := json.Unmarshal(message.Value, &it); err != nil {
		return err
	}
	expected := min(it.Sequence, f.sequence+1)
	if *last >= 0 {
		expected = *last + 1
	}
	if it.Sequence != expected {
		return fmt.Errorf("%w: sequence %d comes where %d belongs", errGap, it.Sequence, expected)
	}
	for _, key := range it.gone() {
		if it.Sequence > f.written[key] {
			delete(f.digests, key)
		}
	}
	if it.DigestAfter != nil && it.Sequence > f.written[it.Key] {
		f.digests[it.Key] = *it.DigestAfter
	}
	f.sequence, *last = max(f.sequence, it.Sequence), it.Sequence
	return nil
}

func (f *follower) isProven(ctx context.Context) (bool, error) {
	f.step("before the digest is compared")
	stated := ""
	err := f.whole(ctx, "publications", func(message *kgo.Record) error {
		var it row
		if err := json.Unmarshal(message.Value, &it); err != nil {
			return err
		}
		if it.Kind == "commit" && it.LastSequence != nil && *it.LastSequence == f.sequence {
			stated = it.LedgerDigest
		}
		return nil
	})
	if stated == "" {
		return f.sequence == 0, err
	}
	return stated == f.digest(), err
}

func (f *follower) follow(ctx context.Context, offset int64) error {
	return f.read(ctx, "changes", offset, math.MaxInt64, func(message *kgo.Record) error {
		var it change
		if err := json.Unmarshal(message.Value, &it); err != nil {
			return err
		}
		return f.apply(it)
	})
}

func (f *follower) apply(it change) error {
	if it.Sequence != f.sequence+1 {
		return fmt.Errorf("%w: sequence %d comes where %d belongs", errGap, it.Sequence, f.sequence+1)
	}
	for _, key := range it.gone() {
		delete(f.digests, key)
	}
	if it.DigestAfter != nil {
		f.digests[it.Key] = *it.DigestAfter
	}
	f.sequence = it.Sequence
	if it.Index+1 == it.Count {
		f.tell("commit")
	}
	return nil
}

// gone returns the keys that are no longer in force by this change.
func (it change) gone() []string {
	keys := []string{}
	if it.Type == "delisted" {
		keys = append(keys, it.Key)
	}
	if it.PreviousKey != nil {
		keys = append(keys, *it.PreviousKey)
	}
	return keys
}

// whole reads a topic from its begin to its present end.
func (f *follower) whole(ctx context.Context, topic string, take func(*kgo.Record) error) error {
	end, err := f.end(ctx, topic)
	if err != nil {
		return err
	}
	return f.read(ctx, topic, -1, end, take)
}

// read takes the messages from `start` (-1: the begin) to before `end`. The marks of transactions take offsets as well:
// they are kept, so that it is seen when the end is reached.
func (f *follower) read(ctx context.Context, topic string, start, end int64, take func(*kgo.Record) error) error {
	if end == 0 || start >= end {
		return nil
	}
	at := kgo.NewOffset().At(start)
	if start < 0 {
		at = kgo.NewOffset().AtStart()
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(f.servers...),
		// The default reads messages of transactions that were never committed, too.
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{f.name(topic): {f.partition: at}}),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for f.isWanted(end) {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, message := range fetches.Records() {
			if message.Offset < end && !message.Attrs.IsControl() {
				if err := take(message); err != nil {
					return err
				}
			}
			if message.Offset >= end-1 {
				return nil
			}
		}
	}
	return nil
}

// isWanted says whether to read on: what has no end is read until the sequence that was asked for.
func (f *follower) isWanted(end int64) bool {
	return end < math.MaxInt64 || f.sequence < f.until
}

// end returns the offset before which everything is committed or aborted.
func (f *follower) end(ctx context.Context, topic string) (int64, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(f.servers...))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	found, err := kadm.NewClient(client).ListCommittedOffsets(ctx, f.name(topic))
	if err != nil {
		return 0, err
	}
	offset, there := found.Lookup(f.name(topic), f.partition)
	if !there {
		return 0, fmt.Errorf("%s has no partition %d", f.name(topic), f.partition)
	}
	return offset.Offset, offset.Err
}

func (f *follower) name(topic string) string {
	return f.prefix + topic + ".v1"
}

func (f *follower) digest() string {
	whole := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(f.digests)) {
		fmt.Fprintf(whole, "%s %s\n", key, f.digests[key])
	}
	return hex.EncodeToString(whole.Sum(nil))
}

func (f *follower) tell(event string) {
	fmt.Printf("{\"event\": %q, \"sequence\": %d, \"records\": %d, \"digest\": %q}\n",
		event, f.sequence, len(f.digests), f.digest())
}

func (f *follower) step(name string) {
	if f.stepping {
		fmt.Printf("{\"event\": \"step\", \"name\": %q}\n", name)
		f.input.ReadString('\n')
	}
}

func header(message *kgo.Record, name string) (string, bool) {
	for _, one := range message.Headers {
		if one.Key == name {
			return string(one.Value), true
		}
	}
	return "", false
}

func main() {
	brokers := flag.String("brokers", "", "host:port, …")
	flag.String("feed", "", "the feed, for whoever reads the command")
	prefix := flag.String("prefix", "sanctions.", "of the topics' names")
	partition := flag.Int("partition", 0, "the feed's, on every topic")
	until := flag.Int64("until", math.MaxInt64, "end at this sequence")
	stepping := flag.Bool("step", false, "wait for a line before each step")
	flag.Parse()
	it := &follower{
		servers:   strings.Split(*brokers, ","),
		prefix:    *prefix,
		partition: int32(*partition),
		until:     *until,
		stepping:  *stepping,
		input:     bufio.NewReader(os.Stdin),
	}
	if err := it.run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "stopped:", err)
		os.Exit(1)
	}
}
