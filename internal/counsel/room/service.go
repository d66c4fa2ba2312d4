package room

import (
	"context"

	"github.com/moa-bff/moa/ent"
)

// Service is what can be done with rooms.
type Service struct{}

// BySession is a stand-in, as is what follows.
func (s *Service) BySession(context.Context, []string) (map[string]*ent.CounselRoom, error) {
	return nil, nil
}
func (s *Service) Get(context.Context, string) (*ent.CounselRoom, error)         { return nil, ErrNotFound }
func (s *Service) IceServers(context.Context, *ent.CounselRoom) []*IceServer     { return nil }
func (s *Service) Desk(context.Context) (*Desk, error)                           { return &Desk{}, nil }
func (s *Service) WatchDesk(context.Context) (<-chan *Desk, error)               { return nil, nil }
func (s *Service) Watch(context.Context, string, *string) (<-chan *Event, error) { return nil, nil }
func (s *Service) Open(context.Context, OpenInput) (*ent.CounselRoom, error)     { return nil, nil }
func (s *Service) Join(context.Context, JoinInput) (*ent.CounselRoom, error)     { return nil, nil }
func (s *Service) Leave(context.Context, string) (*ent.CounselRoom, error)       { return nil, nil }
func (s *Service) Send(context.Context, SignalInput) (*ent.CounselRoom, error)   { return nil, nil }
func (s *Service) Rate(context.Context, string, int) (*ent.CounselRoom, error)   { return nil, nil }
func (s *Service) Take(context.Context, string) (*ent.CounselRoom, error)        { return nil, nil }
func (s *Service) Request(context.Context, string, bool) (*ent.CounselSession, error) {
	return nil, nil
}
