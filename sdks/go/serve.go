// Package tenon serves a Tenon contract over gRPC. A plugin registers the services that protoc-gen-go-grpc made of the files of
// `tenon codegen --proto`; Serve does the rest: go-plugin's handshake and mutual TLS, and the session with the host.
package tenon

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tenon.dev/go/generated/pluginv1"
)

// What every Tenon host sets in the environment of the plugins that it starts. No secret: it keeps people from running them by hand.
var handshake = plugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "TENON_PLUGIN",
	MagicCookieValue: "6f5b8b1e-6a2c-4a57-9f6e-9a5f3b0c7d21",
}

// Largest message either way, the host's own default.
const maxMessageBytes = 128 << 20

// Plugin is what an author gives.
type Plugin struct {
	// Contract is the id of the world, such as "tenon:builder/plugin@0.1.0". The host refuses a plugin of another one.
	Contract string
	// Digest is the contract's digest as `tenon wit --json` prints it. With it the host also refuses a plugin that was built for
	// another state of the contract; without it only the id is compared.
	Digest string
	// Register registers the services of the contract's exports.
	Register func(server grpc.ServiceRegistrar)
}

// Serve serves the plugin to the host that started this process, and returns when the host ends it. Started by hand, it says what
// the program is and exits. What the plugin prints becomes log lines of the host.
func Serve(p Plugin) {
	sessions := newSessions(p)
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: handshake,
		Plugins:         plugin.PluginSet{"plugin": &services{plugin: p, sessions: sessions}},
		// What go-plugin says of its own start is of no interest to the host's log.
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: os.Stderr, JSONFormat: true}),
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, ServerOptions()...)...)
		},
	})
}

// ServerOptions are what a server of one's own needs for Register and RegisterSession: limits, panics that end a call only, and
// word to the host of calls that have ended after it gave them up.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxMessageBytes),
		grpc.MaxSendMsgSize(maxMessageBytes),
		grpc.UnaryInterceptor(func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (reply any, err error) {
			end, err := begin(ctx)
			if err != nil {
				return nil, err
			}
			defer end()
			defer stopPanic(&err)
			return handle(ctx, request)
		}),
		grpc.StreamInterceptor(func(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
			end, err := begin(stream.Context())
			if err != nil {
				return err
			}
			defer end()
			defer stopPanic(&err)
			return handle(server, stream)
		}),
	}
}

// RegisterSession adds the session with Tenon hosts to a server that the plugin listens with by itself.
func RegisterSession(server grpc.ServiceRegistrar, p Plugin) {
	pluginv1.RegisterPluginServer(server, newSessions(p))
	p.Register(server)
}

func stopPanic(err *error) {
	if thrown := recover(); thrown != nil {
		fmt.Printf("panic: %v\n%s", thrown, debug.Stack())
		*err = status.Errorf(codes.Unknown, "panic: %v", thrown)
	}
}

type services struct {
	plugin.NetRPCUnsupportedPlugin
	plugin   Plugin
	sessions *sessions
}

func (s *services) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	pluginv1.RegisterPluginServer(server, s.sessions)
	s.plugin.Register(server)
	return nil
}

func (s *services) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, fmt.Errorf("this side only serves")
}
