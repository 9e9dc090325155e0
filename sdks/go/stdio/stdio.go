// Package stdio serves a Tenon contract over standard input and output: JSON-RPC 2.0 in lines, as docs/spec/wire.md has it. It needs
// the standard library only. Every call runs on a goroutine of its own; its context ends when the host no longer waits.
package stdio

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
)

// Codes of JSON-RPC errors (docs/spec/wire.md section 3).
const (
	codeMissing   = -32601
	codeParams    = -32602
	codeFailed    = -32000
	codeCancelled = -32800
)

// Plugin is what an author gives.
type Plugin struct {
	// Contract is the id of the world with its version, such as "demo:greeter/plugin@0.1.0", or the contract's digest.
	Contract string
	// Exports are the functions by path, such as "greeter.greet"; the host refuses a plugin that lacks one of the contract's.
	Exports map[string]Function
}

// Function serves the calls of one function; Func makes one.
type Function func(ctx context.Context, params json.RawMessage) (any, error)

// Func is a function whose parameters are the fields of P, by the WIT labels in their `json` tags, and whose result is an R.
// An error rejects the call with plugin-trap; a WIT result<T, E> is a Result.
func Func[P, R any](serve func(ctx context.Context, params P) (R, error)) Function {
	return func(ctx context.Context, raw json.RawMessage) (any, error) {
		var params P
		if err := json.Unmarshal(raw, &params); err != nil {
			return nil, &rpcError{Code: codeParams, Message: err.Error()}
		}
		return serve(ctx, params)
	}
}

// Proc is a function without a result.
func Proc[P any](serve func(ctx context.Context, params P) error) Function {
	return Func(func(ctx context.Context, params P) (any, error) { return nil, serve(ctx, params) })
}

// None are the parameters of a function that has none.
type None struct{}

type rpcError struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

func (e *rpcError) Error() string { return e.Message }

type message struct {
	ID          json.RawMessage `json:"id,omitempty"`
	Method      string          `json:"method,omitempty"`
	Params      json.RawMessage `json:"params,omitempty"`
	Result      json.RawMessage `json:"result,omitempty"`
	Error       *rpcError       `json:"error,omitempty"`
	Traceparent string          `json:"traceparent,omitempty"`
}

type connection struct {
	plugin  Plugin
	out     *os.File
	writing sync.Mutex
	mutex   sync.Mutex
	lastID  int
	isOver  bool
	waiting map[string]chan message
	calls   map[string]context.CancelFunc
	running sync.WaitGroup
}

type contextKey int

const (
	connectionKey contextKey = iota
	traceKey
)

// Serve serves the plugin until standard input ends, answers the calls that run then, and returns. What the plugin prints goes to
// standard error, which is its log.
func Serve(p Plugin) error {
	c := &connection{plugin: p, out: os.Stdout, waiting: map[string]chan message{}, calls: map[string]context.CancelFunc{}}
	os.Stdout = os.Stderr
	paths := make([]string, 0, len(p.Exports))
	for path := range p.Exports {
		paths = append(paths, path)
	}
	greeting := map[string]any{
		"tenon": 1, "encoding": "json-rpc", "contract": p.Contract, "implements": paths, "features": []string{"cancel", "trace"},
	}
	if err := c.write(greeting); err != nil {
		return err
	}
	input := bufio.NewReaderSize(os.Stdin, 64<<10)
	// The host's first line says who it is.
	_, err := input.ReadBytes('\n')
	for err == nil {
		var line []byte
		line, err = input.ReadBytes('\n')
		if len(line) > 1 {
			if wrong := c.take(line); wrong != nil {
				return wrong
			}
		}
	}
	c.end()
	c.running.Wait()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (c *connection) take(line []byte) error {
	var received message
	if err := json.Unmarshal(line, &received); err != nil {
		return fmt.Errorf("the host sent a line that is no message: %w", err)
	}
	switch {
	case received.Method == "$/cancelRequest":
		var params struct{ ID json.RawMessage }
		if err := json.Unmarshal(received.Params, &params); err != nil {
			return err
		}
		c.mutex.Lock()
		cancel := c.calls[string(params.ID)]
		c.mutex.Unlock()
		if cancel != nil {
			cancel()
		}
	case received.Method != "" && received.ID != nil:
		c.start(received)
	case received.Method == "":
		c.mutex.Lock()
		answer := c.waiting[string(received.ID)]
		delete(c.waiting, string(received.ID))
		c.mutex.Unlock()
		if answer != nil {
			answer <- received
		}
	}
	return nil
}

func (c *connection) start(request message) {
	ctx := context.WithValue(context.WithValue(context.Background(), connectionKey, c), traceKey, request.Traceparent)
	ctx, cancel := context.WithCancel(ctx)
	id := string(request.ID)
	c.mutex.Lock()
	c.calls[id] = cancel
	c.mutex.Unlock()
	c.running.Add(1)
	go func() {
		defer c.running.Done()
		reply := map[string]any{"jsonrpc": "2.0", "id": request.ID}
		result, err := c.run(ctx, request)
		if err == nil {
			reply["result"] = result
		} else {
			reply["error"] = errorOf(ctx, err)
		}
		c.mutex.Lock()
		delete(c.calls, id)
		c.mutex.Unlock()
		cancel()
		if err := c.write(reply); err != nil {
			fmt.Fprintln(os.Stderr, "cannot answer the host:", err)
		}
	}()
}

// run gives the result as JSON, so that a value that JSON cannot hold is this call's error.
func (c *connection) run(ctx context.Context, request message) (result json.RawMessage, err error) {
	function, ok := c.plugin.Exports[request.Method]
	if !ok {
		return nil, &rpcError{Code: codeMissing, Message: "the plugin has no function " + request.Method}
	}
	defer func() {
		if thrown := recover(); thrown != nil {
			fmt.Fprintf(os.Stderr, "panic: %v\n%s", thrown, debug.Stack())
			err = fmt.Errorf("panic: %v", thrown)
		}
	}()
	value, err := function(ctx, request.Params)
	if err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

func errorOf(ctx context.Context, err error) *rpcError {
	var own *rpcError
	if errors.As(err, &own) {
		return own
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return &rpcError{Code: codeCancelled, Message: err.Error()}
	}
	return &rpcError{Code: codeFailed, Message: err.Error()}
}

func (c *connection) end() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.isOver = true
	for id, answer := range c.waiting {
		close(answer)
		delete(c.waiting, id)
	}
}

func (c *connection) write(value any) error {
	line, err := json.Marshal(value)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err = c.out.Write(append(line, '\n'))
	return err
}

func (c *connection) expect() (string, chan message, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.isOver {
		return "", nil, errors.New("the host closed the session")
	}
	c.lastID++
	id := strconv.Itoa(c.lastID)
	answer := make(chan message, 1)
	c.waiting[id] = answer
	return id, answer, nil
}
