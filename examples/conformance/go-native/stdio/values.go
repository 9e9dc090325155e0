package main

import (
	"context"
	"encoding/json"

	"tenon.dev/go/stdio"
)

type address struct {
	Street   string                             `json:"street"`
	ZipCode  string                             `json:"zip-code"`
	Position stdio.Tuple2[stdio.F64, stdio.F64] `json:"position"`
}

type person struct {
	Name     string   `json:"name"`
	Age      uint8    `json:"age"`
	NickName *string  `json:"nick-name"`
	Tags     []string `json:"tags"`
	Address  *address `json:"address"`
}

type scalars struct {
	A uint8     `json:"a"`
	B stdio.U64 `json:"b"`
	C bool      `json:"c"`
	D stdio.F32 `json:"d"`
	E string    `json:"e"`
	F int16     `json:"f"`
}

type awkward struct {
	Constructor    string  `json:"constructor"`
	ToString       uint32  `json:"to-string"`
	Type           bool    `json:"type"`
	Await          *uint32 `json:"await"`
	HasOwnProperty []byte  `json:"has-own-property"`
}

// A variant with a Go type for each case: what comes in is read as that type and written again.
type shape struct{ stdio.Variant }

func (s *shape) UnmarshalJSON(data []byte) (err error) {
	if err = json.Unmarshal(data, &s.Variant); err != nil {
		return err
	}
	switch s.Tag {
	case "circle":
		s.Variant, err = again[stdio.F64](s.Variant)
	case "rectangle":
		s.Variant, err = again[stdio.Tuple2[stdio.F32, stdio.F32]](s.Variant)
	case "named":
		s.Variant, err = again[string](s.Variant)
	case "group":
		s.Variant, err = again[[]person](s.Variant)
	}
	return err
}

type anything struct{ stdio.Variant }

func (a *anything) UnmarshalJSON(data []byte) (err error) {
	if err = json.Unmarshal(data, &a.Variant); err != nil {
		return err
	}
	switch a.Tag {
	case "an-option":
		a.Variant, err = again[*string](a.Variant)
	case "a-result":
		a.Variant, err = again[stdio.Result[stdio.U64, string]](a.Variant)
	case "a-record":
		a.Variant, err = again[scalars](a.Variant)
	case "a-list":
		a.Variant, err = again[[]string](a.Variant)
	case "a-tuple":
		a.Variant, err = again[stdio.Tuple3[uint8, stdio.S64, string]](a.Variant)
	case "a-shape":
		a.Variant, err = again[shape](a.Variant)
	}
	return err
}

func again[T any](variant stdio.Variant) (stdio.Variant, error) {
	value, err := stdio.Read[T](variant)
	if err != nil {
		return variant, err
	}
	return stdio.Case(variant.Tag, value)
}

type deep struct {
	Rows    [][]stdio.Tuple2[string, *uint32]                      `json:"rows"`
	Choice  anything                                               `json:"choice"`
	Outcome stdio.Result[[]*shape, stdio.Tuple2[string, []string]] `json:"outcome"`
	ByName  []stdio.Tuple2[string, person]                         `json:"by-name"`
}

type many struct {
	A uint8                      `json:"a"`
	B int8                       `json:"b"`
	C uint16                     `json:"c"`
	D int16                      `json:"d"`
	E uint32                     `json:"e"`
	F int32                      `json:"f"`
	G stdio.U64                  `json:"g"`
	H stdio.S64                  `json:"h"`
	I stdio.F32                  `json:"i"`
	J stdio.F64                  `json:"j"`
	K string                     `json:"k"`
	L string                     `json:"l"`
	M bool                       `json:"m"`
	N string                     `json:"n"`
	O []string                   `json:"o"`
	P []byte                     `json:"p"`
	Q *uint32                    `json:"q"`
	R stdio.Tuple2[uint8, uint8] `json:"r"`
}

func echoMany(_ context.Context, p many) ([]any, error) {
	return []any{p.A, p.B, p.C, p.D, p.E, p.F, p.G, p.H, p.I, p.J, p.K, p.L, p.M, p.N, p.O, p.P, p.Q, p.R}, nil
}

type one[T any] struct {
	Value T `json:"value"`
}

func echo[T any]() stdio.Function {
	return stdio.Func(func(_ context.Context, p one[T]) (T, error) { return p.Value, nil })
}

var values = map[string]stdio.Function{
	"echo-bool":            echo[bool](),
	"echo-u8":              echo[uint8](),
	"echo-s8":              echo[int8](),
	"echo-u16":             echo[uint16](),
	"echo-s16":             echo[int16](),
	"echo-u32":             echo[uint32](),
	"echo-s32":             echo[int32](),
	"echo-u64":             echo[stdio.U64](),
	"echo-s64":             echo[stdio.S64](),
	"echo-f32":             echo[stdio.F32](),
	"echo-f64":             echo[stdio.F64](),
	"echo-char":            echo[string](),
	"echo-string":          echo[string](),
	"echo-bytes":           echo[[]byte](),
	"echo-u32-list":        echo[[]uint32](),
	"echo-s64-list":        echo[[]stdio.S64](),
	"echo-f64-list":        echo[[]stdio.F64](),
	"echo-bool-list":       echo[[]bool](),
	"echo-string-list":     echo[[]string](),
	"echo-nested-list":     echo[[][]string](),
	"echo-record-list":     echo[[]person](),
	"echo-map":             echo[stdio.Map[string, uint32]](),
	"echo-tuple":           echo[stdio.Tuple3[uint8, string, stdio.F64]](),
	"echo-person":          echo[person](),
	"echo-scalars":         echo[scalars](),
	"echo-awkward":         echo[awkward](),
	"echo-shape":           echo[shape](),
	"echo-colour":          echo[string](),
	"echo-permissions":     echo[[]string](),
	"echo-many-flags":      echo[[]string](),
	"echo-option":          echo[*uint32](),
	"echo-option-record":   echo[*person](),
	"echo-nested-option":   echo[*stdio.Some[string]](),
	"echo-result":          echo[stdio.Result[uint32, string]](),
	"echo-result-ok-only":  echo[stdio.Result[uint32, stdio.Unit]](),
	"echo-result-err-only": echo[stdio.Result[stdio.Unit, string]](),
	"echo-result-empty":    echo[stdio.Result[stdio.Unit, stdio.Unit]](),
	"echo-deep":            echo[deep](),
	"echo-many":            stdio.Func(echoMany),
	"nothing":              stdio.Proc(func(context.Context, stdio.None) error { return nil }),
}
