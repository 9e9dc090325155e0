// contracts/conformance in Go: every value goes back as it came, and `calls` does what the contract says.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

func ValuesEchoAwkward(value Awkward) Awkward {
	return value
}

func ValuesEchoBool(value bool) bool {
	return value
}

func ValuesEchoBoolList(value []bool) []bool {
	return value
}

func ValuesEchoBytes(value []uint8) []uint8 {
	return value
}

func ValuesEchoChar(value rune) rune {
	return value
}

func ValuesEchoColour(value Colour) Colour {
	return value
}

func ValuesEchoDeep(value Deep) Deep {
	return value
}

func ValuesEchoF32(value float32) float32 {
	return value
}

func ValuesEchoF64(value float64) float64 {
	return value
}

func ValuesEchoF64List(value []float64) []float64 {
	return value
}

// Returns all its arguments: more of them than the canonical ABI passes one by one.
func ValuesEchoMany(a uint8, b int8, c uint16, d int16, e uint32, f int32, g uint64, h int64, i float32, j float64, k rune, l string, m bool, n Colour, o Permissions, p_ []uint8, q *uint32, r Tuple2[uint8, uint8]) Tuple18[uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32, float64, rune, string, bool, Colour, Permissions, []uint8, *uint32, Tuple2[uint8, uint8]] {
	return Tuple18[uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32, float64, rune, string, bool, Colour, Permissions, []uint8, *uint32, Tuple2[uint8, uint8]]{a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p_, q, r}
}

func ValuesEchoManyFlags(value ManyFlags) ManyFlags {
	return value
}

func ValuesEchoMap(value map[string]uint32) map[string]uint32 {
	return value
}

func ValuesEchoNestedList(value [][]string) [][]string {
	return value
}

func ValuesEchoNestedOption(value **string) **string {
	return value
}

func ValuesEchoOption(value *uint32) *uint32 {
	return value
}

func ValuesEchoOptionRecord(value *Person) *Person {
	return value
}

func ValuesEchoPermissions(value Permissions) Permissions {
	return value
}

func ValuesEchoPerson(value Person) Person {
	return value
}

func ValuesEchoRecordList(value []Person) []Person {
	return value
}

func ValuesEchoResult(value Result[uint32, string]) Result[uint32, string] {
	return value
}

func ValuesEchoResultEmpty(value Result[struct{}, struct{}]) Result[struct{}, struct{}] {
	return value
}

func ValuesEchoResultErrOnly(value Result[struct{}, string]) Result[struct{}, string] {
	return value
}

func ValuesEchoResultOkOnly(value Result[uint32, struct{}]) Result[uint32, struct{}] {
	return value
}

func ValuesEchoS16(value int16) int16 {
	return value
}

func ValuesEchoS32(value int32) int32 {
	return value
}

func ValuesEchoS64(value int64) int64 {
	return value
}

func ValuesEchoS64List(value []int64) []int64 {
	return value
}

func ValuesEchoS8(value int8) int8 {
	return value
}

func ValuesEchoScalars(value Scalars) Scalars {
	return value
}

func ValuesEchoShape(value Shape) Shape {
	return value
}

func ValuesEchoString(value string) string {
	return value
}

func ValuesEchoStringList(value []string) []string {
	return value
}

func ValuesEchoTuple(value Tuple3[uint8, string, float64]) Tuple3[uint8, string, float64] {
	return value
}

func ValuesEchoU16(value uint16) uint16 {
	return value
}

func ValuesEchoU32(value uint32) uint32 {
	return value
}

func ValuesEchoU32List(value []uint32) []uint32 {
	return value
}

func ValuesEchoU64(value uint64) uint64 {
	return value
}

func ValuesEchoU8(value uint8) uint8 {
	return value
}

// Takes nothing and returns nothing.
func ValuesNothing() {
	// Nothing.
}

// Returns `n` bytes; the byte at index i is `i % 251`.
func CallsBig(n uint32) []uint8 {
	bytes := make([]uint8, n)
	for i := range bytes {
		bytes[i] = uint8(i % 251)
	}
	return bytes
}

// Returns `host.double(n)`.
func CallsCallHost(n uint32) uint32 {
	return HostHostDouble(n)
}

// Returns `host.double-later(n)`.
func CallsCallHostAsync(n uint32) uint32 {
	return HostHostDoubleLater(n)
}

// Calls `host.broken()` and lets the failure pass through.
func CallsCallHostFailing() uint32 {
	return HostHostBroken()
}

// Ends the plugin's process, thread or instance with this exit code, without an answer.
func CallsExit(code uint32) {
	os.Exit(int(code))
}

// Throws or traps, with `message` where the language has messages.
func CallsFail(message string) {
	panic(message)
}

// Prints `lines` lines of 80 characters to standard output and error, as fast as it can, and returns.
func CallsFlood(lines uint32) {
	line := strings.Repeat("flood ", 13) + ".\n"
	for range lines {
		fmt.Fprint(os.Stdout, line)
		fmt.Fprint(os.Stderr, line)
	}
}

// Returns at once, then throws outside of any call.
func CallsLateThrow() {
	go func() { panic("late, on purpose") }()
}

// Prints each line on its own to standard output, or to the log where there is no standard output.
func CallsLogLines(lines []string) {
	for _, line := range lines {
		fmt.Println(line)
	}
}

// Returns 0 for depth 0; else calls `host.reenter(depth - 1)` and returns its result plus 1.
func CallsReenter(depth_ uint32) uint32 {
	if depth_ == 0 {
		return 0
	}
	return HostHostReenter(depth_-1) + 1
}

// Returns `ms` after that many milliseconds.
func CallsSleep(ms uint32) uint32 {
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return ms
}

// Never returns and never gives way.
func CallsSpin() {
	for {
	}
}

// Waits until the call is cancelled, at most `ms`; then calls `host.note("cancelled")` or `host.note("waited")`.
func CallsWaitCancel(ms uint32) {
	time.Sleep(time.Duration(ms) * time.Millisecond)
	HostHostNote("waited")
}

// Nothing runs by itself: the host calls what contract.go exports.
func main() {}
