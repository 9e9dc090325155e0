package tenon

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"tenon.dev/go/generated/pluginv1"
)

// Host is the connection to the host that made the call of this context: give it to the clients that protoc-gen-go-grpc made of the
// contract's imports. Calls fail with codes.FailedPrecondition where the caller is no Tenon host.
func Host(ctx context.Context) grpc.ClientConnInterface {
	if session := sessionOf(ctx); session != nil {
		return session
	}
	return noHost{}
}

// sessionOf is nil where the caller is no Tenon host.
func sessionOf(ctx context.Context) *hostSession {
	incoming, _ := metadata.FromIncomingContext(ctx)
	if ids := incoming.Get("tenon-session"); len(ids) == 1 {
		if found, ok := openSessions.Load(ids[0]); ok {
			return found.(*hostSession)
		}
	}
	return nil
}

// By session id, over all servers of the process.
var openSessions sync.Map

type sessions struct {
	pluginv1.UnimplementedPluginServer
	contract, digest string
}

func newSessions(p Plugin) *sessions {
	return &sessions{contract: p.Contract, digest: p.Digest}
}

func (s *sessions) Attach(stream grpc.BidiStreamingServer[pluginv1.HostMessage, pluginv1.PluginMessage]) error {
	session := &hostSession{stream: stream, waiting: map[uint32]chan *pluginv1.Answer{}}
	session.calls.settled = func(call uint32) {
		settled := &pluginv1.PluginMessage_Settled{Settled: &pluginv1.Settled{Call: call}}
		// A host that is gone has no use for it.
		_ = session.send(&pluginv1.PluginMessage{Value: settled})
	}
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return err
	}
	name := hex.EncodeToString(id[:])
	defer func() {
		openSessions.Delete(name)
		session.end()
	}()
	for {
		message, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if answer := message.GetAnswer(); answer != nil {
			session.answer(answer)
			continue
		}
		if settle := message.GetSettle(); settle != nil {
			session.calls.settle(settle.Call)
			continue
		}
		openSessions.Store(name, session)
		welcome := &pluginv1.Welcome{Session: name, Contract: s.contract, Digest: s.digest, Settles: true}
		if err := session.send(&pluginv1.PluginMessage{Value: &pluginv1.PluginMessage_Welcome{Welcome: welcome}}); err != nil {
			return err
		}
	}
}

type hostSession struct {
	stream  grpc.BidiStreamingServer[pluginv1.HostMessage, pluginv1.PluginMessage]
	sending sync.Mutex
	mutex   sync.Mutex
	lastID  uint32
	isOver  bool
	waiting map[uint32]chan *pluginv1.Answer
	calls   runningCalls
}

// A stream takes one message at a time.
func (s *hostSession) send(message *pluginv1.PluginMessage) error {
	s.sending.Lock()
	defer s.sending.Unlock()
	return s.stream.Send(message)
}

func (s *hostSession) answer(answer *pluginv1.Answer) {
	s.mutex.Lock()
	channel := s.waiting[answer.Id]
	delete(s.waiting, answer.Id)
	s.mutex.Unlock()
	if channel != nil {
		channel <- answer
	}
}

func (s *hostSession) end() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.isOver = true
	for id, channel := range s.waiting {
		close(channel)
		delete(s.waiting, id)
	}
}

// Invoke calls one host function.
func (s *hostSession) Invoke(ctx context.Context, path string, request, reply any, _ ...grpc.CallOption) error {
	value, err := proto.Marshal(request.(proto.Message))
	if err != nil {
		return err
	}
	channel := make(chan *pluginv1.Answer, 1)
	s.mutex.Lock()
	if s.isOver {
		s.mutex.Unlock()
		return status.Error(codes.Unavailable, "the host closed the session")
	}
	s.lastID++
	id := s.lastID
	s.waiting[id] = channel
	s.mutex.Unlock()
	call := &pluginv1.Call{Id: id, Path: path, Value: value}
	if err := s.send(&pluginv1.PluginMessage{Value: &pluginv1.PluginMessage_Call{Call: call}}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		s.mutex.Lock()
		delete(s.waiting, id)
		s.mutex.Unlock()
		return status.FromContextError(ctx.Err()).Err()
	case answer, ok := <-channel:
		if !ok {
			return status.Error(codes.Unavailable, "the host closed the session")
		}
		if answer.Error != "" {
			return status.Error(codes.Unknown, whatOf(answer.Error))
		}
		return proto.Unmarshal(answer.Value, reply.(proto.Message))
	}
}

func (s *hostSession) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, status.Error(codes.Unimplemented, "host functions have no streams")
}

// The host's error is a TenonError as JSON; its sentence is what a Go error says.
func whatOf(text string) string {
	var failure struct{ What string }
	if json.Unmarshal([]byte(text), &failure) != nil || failure.What == "" {
		return text
	}
	return failure.What
}

type noHost struct{}

func (noHost) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	return status.Error(codes.FailedPrecondition, "the caller is no Tenon host and offers no host functions")
}

func (noHost) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, status.Error(codes.Unimplemented, "host functions have no streams")
}
