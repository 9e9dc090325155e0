package stdio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// HostError is the failure of a host function. Code is of Tenon's table, such as "capability-denied".
type HostError struct{ Path, Code, What string }

func (e *HostError) Error() string { return e.Path + ": " + e.What }

// Call calls the host function of this path, such as "host.log", and reads its result as an R; None for a function without one.
// `ctx` is that of the call being served. The end of ctx ends the waiting, not the host function.
func Call[R any](ctx context.Context, path string, params ...any) (R, error) {
	var result R
	c, ok := ctx.Value(connectionKey).(*connection)
	if !ok {
		return result, errors.New(path + ": the context is not that of a call")
	}
	id, answer, err := c.expect()
	if err != nil {
		return result, err
	}
	if params == nil {
		params = []any{}
	}
	request := map[string]any{"jsonrpc": "2.0", "id": json.RawMessage(id), "method": path, "params": params}
	if err := c.write(request); err != nil {
		return result, err
	}
	select {
	case <-ctx.Done():
		// The answer still comes, and take must know its id until then.
		return result, ctx.Err()
	case received, isThere := <-answer:
		if !isThere {
			return result, errors.New(path + ": the host closed the session")
		}
		if received.Error != nil {
			return result, hostError(path, received.Error)
		}
		if _, isNone := any(result).(None); isNone {
			return result, nil
		}
		return result, json.Unmarshal(received.Result, &result)
	}
}

func hostError(path string, failure *rpcError) *HostError {
	var data struct{ Code string }
	if json.Unmarshal(failure.Data, &data) != nil || data.Code == "" {
		data.Code = "unknown"
	}
	return &HostError{Path: path, Code: data.Code, What: failure.Message}
}

// Log writes to the host's log; level is trace, debug, info, warn or error. What the plugin prints reaches it too.
func Log(ctx context.Context, level, text string) error {
	c, ok := ctx.Value(connectionKey).(*connection)
	if !ok {
		return fmt.Errorf("the context is not that of a call")
	}
	params := map[string]string{"level": level, "message": text}
	return c.write(map[string]any{"jsonrpc": "2.0", "method": "log", "params": params})
}

// Trace is the W3C traceparent of the call, empty where the caller gave none.
func Trace(ctx context.Context) string {
	text, _ := ctx.Value(traceKey).(string)
	return text
}
