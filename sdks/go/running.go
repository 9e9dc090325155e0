package tenon

import (
	"context"
	"strconv"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Calls that were given up before they arrived, of which the newest are remembered.
const maxRefused = 1024

// runningCalls knows the handlers of one session that run, by the number that the host gave each call, so that the host can learn
// when one that it gave up has ended: gRPC does not tell.
type runningCalls struct {
	mutex   sync.Mutex
	running map[uint32]bool // whether the host asked for its end
	refused []uint32
	settled func(call uint32)
}

// begin returns what is called when the handler has ended; an error where the host does not wait for the call any more.
func begin(ctx context.Context) (func(), error) {
	session := sessionOf(ctx)
	incoming, _ := metadata.FromIncomingContext(ctx)
	numbers := incoming.Get("tenon-call")
	if session == nil || len(numbers) != 1 {
		return func() {}, nil
	}
	number, err := strconv.ParseUint(numbers[0], 10, 32)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, "tenon-call is no number")
	}
	call := uint32(number)
	if !session.calls.begin(call) {
		return nil, status.Error(codes.Canceled, "the host gave the call up before it arrived")
	}
	return func() { session.calls.end(call) }, nil
}

func (r *runningCalls) begin(call uint32) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, refused := range r.refused {
		if refused == call {
			return false
		}
	}
	if r.running == nil {
		r.running = map[uint32]bool{}
	}
	r.running[call] = false
	return true
}

func (r *runningCalls) end(call uint32) {
	r.mutex.Lock()
	isAsked := r.running[call]
	delete(r.running, call)
	r.mutex.Unlock()
	if isAsked {
		r.settled(call)
	}
}

// settle: the host gave the call up, and is told once its handler has ended, at once where none runs.
func (r *runningCalls) settle(call uint32) {
	r.mutex.Lock()
	_, isRunning := r.running[call]
	if isRunning {
		r.running[call] = true
	} else if r.refused = append(r.refused, call); len(r.refused) > maxRefused {
		r.refused = r.refused[1:]
	}
	r.mutex.Unlock()
	if !isRunning {
		r.settled(call)
	}
}
