package stdio

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// WIT types in encoding/json: integers up to 32 bits, bool, string and char (a string) are themselves, list<T> is a slice, list<u8>
// []byte, option<T> a pointer, a record a struct with WIT labels in its tags, an enum a string, flags a []string. The rest is here.

// U64 and S64 travel as decimal text where a number would not be exact.
type (
	U64 uint64
	S64 int64
	// F64 and F32 travel as text where JSON has no number: NaN, Infinity, -Infinity.
	F64 float64
	F32 float32
)

const exact = 1 << 53

func (v U64) MarshalJSON() ([]byte, error) {
	return wide(strconv.FormatUint(uint64(v), 10), v < exact), nil
}

func (v S64) MarshalJSON() ([]byte, error) {
	return wide(strconv.FormatInt(int64(v), 10), v < exact && v > -exact), nil
}

func (v *U64) UnmarshalJSON(data []byte) error {
	number, err := strconv.ParseUint(bare(data), 10, 64)
	*v = U64(number)
	return err
}

func (v *S64) UnmarshalJSON(data []byte) error {
	number, err := strconv.ParseInt(bare(data), 10, 64)
	*v = S64(number)
	return err
}

func (v F64) MarshalJSON() ([]byte, error)     { return float(float64(v), 64) }
func (v F32) MarshalJSON() ([]byte, error)     { return float(float64(v), 32) }
func (v *F64) UnmarshalJSON(data []byte) error { return parse(data, 64, v) }
func (v *F32) UnmarshalJSON(data []byte) error { return parse(data, 32, v) }

func wide(digits string, isExact bool) []byte {
	if isExact {
		return []byte(digits)
	}
	return []byte(strconv.Quote(digits))
}

func bare(data []byte) string {
	if len(data) > 1 && data[0] == '"' {
		return string(data[1 : len(data)-1])
	}
	return string(data)
}

func float(v float64, bits int) ([]byte, error) {
	switch {
	case math.IsNaN(v):
		return []byte(`"NaN"`), nil
	case math.IsInf(v, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Infinity"`), nil
	case bits == 32:
		return json.Marshal(float32(v))
	}
	return json.Marshal(v)
}

func parse[T F32 | F64](data []byte, bits int, to *T) error {
	number, err := strconv.ParseFloat(bare(data), bits)
	*to = T(number)
	return err
}

// Result is result<T, E>; Unit stands for a part without a type.
type Result[T, E any] struct {
	OK  *T
	Err *E
}

// Unit has no value: the `_` of result<_, E>.
type Unit struct{}

func (Unit) MarshalJSON() ([]byte, error) { return []byte("null"), nil }
func (*Unit) UnmarshalJSON([]byte) error  { return nil }

// Ok and Fail make results.
func Ok[T, E any](value T) Result[T, E]   { return Result[T, E]{OK: &value} }
func Fail[T, E any](value E) Result[T, E] { return Result[T, E]{Err: &value} }

func (r Result[T, E]) MarshalJSON() ([]byte, error) {
	if r.OK != nil {
		return json.Marshal(map[string]*T{"ok": r.OK})
	}
	if r.Err != nil {
		return json.Marshal(map[string]*E{"err": r.Err})
	}
	return nil, fmt.Errorf("a result is neither ok nor err")
}

func (r *Result[T, E]) UnmarshalJSON(data []byte) error {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	if ok, isOK := parts["ok"]; isOK {
		r.OK = new(T)
		return unlessNull(ok, r.OK)
	}
	r.Err = new(E)
	return unlessNull(parts["err"], r.Err)
}

func unlessNull(data json.RawMessage, to any) error {
	if len(data) == 0 {
		return nil
	}
	return json.Unmarshal(data, to)
}

// Some is an option inside an option, where null alone could not tell which of the two is empty: option<option<T>> is *Some[T].
type Some[T any] struct {
	Some *T `json:"some"`
}

// Tuple2 and Tuple3 are tuples, arrays in JSON. Larger ones are written the same way, with Tuple and Untuple.
type Tuple2[A, B any] struct {
	A A
	B B
}

type Tuple3[A, B, C any] struct {
	A A
	B B
	C C
}

func (t Tuple2[A, B]) MarshalJSON() ([]byte, error)        { return Tuple(t.A, t.B) }
func (t *Tuple2[A, B]) UnmarshalJSON(data []byte) error    { return Untuple(data, &t.A, &t.B) }
func (t Tuple3[A, B, C]) MarshalJSON() ([]byte, error)     { return Tuple(t.A, t.B, t.C) }
func (t *Tuple3[A, B, C]) UnmarshalJSON(data []byte) error { return Untuple(data, &t.A, &t.B, &t.C) }

// Tuple writes a tuple's items.
func Tuple(items ...any) ([]byte, error) { return json.Marshal(items) }

// Untuple reads a tuple's items into pointers.
func Untuple(data []byte, items ...any) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	if len(parts) != len(items) {
		return fmt.Errorf("a tuple has %d items and not %d", len(parts), len(items))
	}
	for index, part := range parts {
		if err := json.Unmarshal(part, items[index]); err != nil {
			return err
		}
	}
	return nil
}

// Variant is a variant's case; Val is its value as JSON, empty for a case without one.
type Variant struct {
	Tag string          `json:"tag"`
	Val json.RawMessage `json:"val,omitempty"`
}

// Case makes a variant's case of a value, or of none.
func Case(tag string, value ...any) (Variant, error) {
	if len(value) == 0 {
		return Variant{Tag: tag}, nil
	}
	data, err := json.Marshal(value[0])
	return Variant{Tag: tag, Val: data}, err
}

// Read reads the value of a case.
func Read[T any](v Variant) (T, error) {
	var value T
	return value, json.Unmarshal(v.Val, &value)
}

// Map is map<K, V>: pairs of key and value, in their order.
type Map[K comparable, V any] []Tuple2[K, V]
