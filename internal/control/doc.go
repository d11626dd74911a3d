// Package control is how an operator talks to a running daemon: HTTP and JSON on
// a unix socket, the server's side and the client's.
//
//	GET  /v1/status                 Status
//	GET  /v1/elements?set=&entry=&prefix=&age=   one Element a line
//	GET  /v1/why?address=           Why
//	POST /v1/VERB                   an Order; its Answer
//
// The socket's mode lets the owner and one group connect; who they are is then
// read from the kernel (SO_PEERCRED). Root and the daemon's own user may change
// things, members of the group may read. The package runs no programs, opens no
// file that a request names, and listens on nothing but a unix socket.
package control
