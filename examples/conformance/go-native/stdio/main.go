// The conformance plugin in Go, over standard input and output.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"tenon.dev/go/stdio"
)

type number struct {
	N uint32 `json:"n"`
}

type milliseconds struct {
	Ms uint32 `json:"ms"`
}

func fail(_ context.Context, p struct {
	Message string `json:"message"`
}) error {
	return errors.New(p.Message)
}

func spin(context.Context, stdio.None) error {
	for {
	}
}

func exit(_ context.Context, p struct {
	Code int `json:"code"`
}) error {
	os.Exit(p.Code)
	return nil
}

func sleep(_ context.Context, p milliseconds) (uint32, error) {
	time.Sleep(time.Duration(p.Ms) * time.Millisecond)
	return p.Ms, nil
}

func flood(_ context.Context, p struct {
	Lines int `json:"lines"`
}) error {
	line := strings.Repeat("x", 79)
	for range p.Lines {
		fmt.Println(line)
		fmt.Fprintln(os.Stderr, line)
	}
	return nil
}

func lateThrow(context.Context, stdio.None) error {
	time.AfterFunc(time.Millisecond, func() { panic("thrown outside of any call") })
	return nil
}

func callHost(ctx context.Context, p number) (uint32, error) {
	return stdio.Call[uint32](ctx, "host.double", p.N)
}

func callHostAsync(ctx context.Context, p number) (uint32, error) {
	return stdio.Call[uint32](ctx, "host.double-later", p.N)
}

func callHostFailing(ctx context.Context, _ stdio.None) (uint32, error) {
	return stdio.Call[uint32](ctx, "host.broken")
}

func reenter(ctx context.Context, p struct {
	Depth uint32 `json:"depth"`
}) (uint32, error) {
	if p.Depth == 0 {
		return 0, nil
	}
	inner, err := stdio.Call[uint32](ctx, "host.reenter", p.Depth-1)
	return inner + 1, err
}

func big(_ context.Context, p number) ([]byte, error) {
	bytes := make([]byte, p.N)
	for index := range bytes {
		bytes[index] = byte(index % 251)
	}
	return bytes, nil
}

func waitCancel(ctx context.Context, p milliseconds) error {
	note := "waited"
	select {
	case <-ctx.Done():
		note = "cancelled"
	case <-time.After(time.Duration(p.Ms) * time.Millisecond):
	}
	// The call is over, but not what it still wants to say.
	_, err := stdio.Call[stdio.None](context.WithoutCancel(ctx), "host.note", note)
	return err
}

func logLines(_ context.Context, p struct {
	Lines []string `json:"lines"`
}) error {
	for _, line := range p.Lines {
		fmt.Println(line)
	}
	return nil
}

var calls = map[string]stdio.Function{
	"fail":              stdio.Proc(fail),
	"spin":              stdio.Proc(spin),
	"exit":              stdio.Proc(exit),
	"sleep":             stdio.Func(sleep),
	"flood":             stdio.Proc(flood),
	"late-throw":        stdio.Proc(lateThrow),
	"call-host":         stdio.Func(callHost),
	"call-host-async":   stdio.Func(callHostAsync),
	"call-host-failing": stdio.Func(callHostFailing),
	"reenter":           stdio.Func(reenter),
	"big":               stdio.Func(big),
	"wait-cancel":       stdio.Proc(waitCancel),
	"log-lines":         stdio.Proc(logLines),
}

func main() {
	kind := "conformance"
	if len(os.Args) > 1 {
		kind = os.Args[1]
	}
	contract := "tenon:conformance/plugin@0.1.0"
	exports := map[string]stdio.Function{}
	for name, function := range values {
		exports["values."+name] = function
	}
	for name, function := range calls {
		exports["calls."+name] = function
	}
	switch kind {
	case "throws":
		panic("cannot load on purpose")
	case "stuck":
		for {
			time.Sleep(time.Hour)
		}
	case "other-contract":
		contract = "abi:sha256:" + strings.Repeat("0", 64)
	case "incomplete":
		delete(exports, "values.nothing")
		delete(exports, "calls.sleep")
	}
	if err := stdio.Serve(stdio.Plugin{Contract: contract, Exports: exports}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
