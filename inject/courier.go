package inject

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"syslog-blacklist/internal/syslog"
)

const (
	// streamBatch is about how much is written to a stream at once.
	streamBatch = 64 << 10
	// firstRest and longestRest bound the pause between two connections. A
	// connection that lived longer than longestRest starts from firstRest again.
	firstRest   = 100 * time.Millisecond
	longestRest = 10 * time.Second
	// reportEvery is how often lost lines are told of while they are being lost.
	reportEvery = time.Second
	// ackPoll is how often the last bytes are looked after.
	ackPoll = 5 * time.Millisecond
)

// courier takes lines out of the ring and to the target.
type courier struct {
	target  target
	header  syslog.Header
	ring    *ring
	trouble trouble

	flight   flight
	line     []byte // scratch
	message  []byte // scratch
	lost     uint64 // lines that did not arrive
	untold   uint64 // of them, those that no message has told of
	reported time.Time
}

// run delivers until the ring is closed and empty, or ctx ends. When hurry has
// ended it makes one more attempt to connect: Apache waits for its logger at a
// restart, and a receiver that is away must not hold up the web server.
func (c *courier) run(ctx, hurry context.Context) {
	for rest := firstRest; ; {
		start, last := time.Now(), hurry.Err() != nil
		err := c.connect(ctx)
		if err == nil || last || ctx.Err() != nil {
			return
		}
		c.trouble.is(err)
		if time.Since(start) > longestRest {
			rest = firstRest
		}
		select { // half of the pause is chance: many senders meet one receiver
		case <-hurry.Done():
		case <-ctx.Done():
			return
		case <-time.After(rest/2 + rand.N(rest/2)):
		}
		rest = min(2*rest, longestRest)
	}
}

// unsent returns how many lines did not arrive, after run and when nothing is
// pushed into the ring any more.
func (c *courier) unsent() uint64 {
	c.lose(c.ring.takeLost())
	return c.lost + c.flight.lines() + c.ring.len()
}

// connect delivers over one connection. It returns nil when everything has been
// delivered.
func (c *courier) connect(ctx context.Context) error {
	l, err := dial(ctx, c.target)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.socket.SetWriteDeadline(time.Unix(1, 0)) })()
	if l.gone == nil {
		err = c.sendDatagrams(ctx, l)
	} else {
		c.trouble.is(nil)
		err = c.sendStream(ctx, l)
		c.settle(l)
		c.flight.taken = 0
	}
	if err == nil {
		l.finish()
		return nil
	}
	select {
	case <-l.gone: // the write that this woke says "i/o timeout"
		err = errGone
	default:
	}
	l.abandon()
	return fmt.Errorf("send to %s: %w", c.target.address, err)
}

// sendDatagrams sends message by message.
func (c *courier) sendDatagrams(ctx context.Context, l *link) error {
	for {
		if len(c.flight.frames) == 0 {
			switch more, done := c.next(c.flight.add); {
			case done:
				return nil
			case !more:
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-c.ring.ready:
				}
				continue
			}
		}
		_, err := l.Write(c.flight.buf)
		if errors.Is(err, unix.ECONNREFUSED) && c.target.network == "udp" {
			// The error is that of an earlier datagram; this one was not sent.
			c.lose(1)
		}
		if err == nil {
			err = l.refused()
		}
		if errors.Is(err, unix.EMSGSIZE) {
			c.lose(c.flight.lines())
		} else if err != nil {
			return err
		}
		c.trouble.is(nil)
		c.flight.arrived(len(c.flight.buf))
	}
}

// sendStream sends in batches, what an earlier connection left unacknowledged
// first.
func (c *courier) sendStream(ctx context.Context, l *link) error {
	for {
		c.settle(l)
		var more, done bool
		for len(c.flight.rest()) < streamBatch {
			if more, done = c.next(c.flight.addCounted); !more {
				break
			}
		}
		if len(c.flight.rest()) > 0 {
			n, err := l.Write(c.flight.rest())
			c.flight.taken += n
			if err != nil {
				return err
			}
			continue
		}
		if done && len(c.flight.frames) == 0 {
			return nil
		}
		var acks <-chan time.Time
		if done {
			acks = time.After(ackPoll)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.gone:
			return errGone
		case <-c.ring.ready:
		case <-acks:
		}
	}
}

// settle drops from the flight what the peer has acknowledged. TLS makes more
// bytes of the same text, so that rather too much is kept.
func (c *courier) settle(l *link) {
	if out, err := l.unacknowledged(); err == nil {
		c.flight.arrived(c.flight.taken - out)
	}
}

// next puts the next message into the flight with add: a line, or before it the
// report of lines that were lost. It reports false when there is none, and done
// when there will be none.
func (c *courier) next(add func(message []byte, line bool)) (more, done bool) {
	c.lose(c.ring.takeLost())
	if c.untold > 0 && time.Since(c.reported) >= reportEvery {
		c.report(add)
		return true, false
	}
	line, at, more, done := c.ring.pop(c.line[:0])
	c.line = line
	if !more && c.untold > 0 {
		c.report(add)
		return true, false
	}
	if more {
		c.header.Time = at
		c.message = syslog.Append(c.message[:0], &c.header, line)
		add(c.message, true)
	}
	return more, done
}

// report tells the receiver, under the same tag, how many lines are missing. No
// rule can take it for an attack: it holds no address.
func (c *courier) report(add func(message []byte, line bool)) {
	text := strconv.AppendUint([]byte("syslog-inject: lines lost: "), c.untold, 10)
	h := c.header
	h.Priority = h.Priority&^7 | severityWarning
	h.Time = time.Now()
	c.message = syslog.Append(c.message[:0], &h, text)
	add(c.message, false)
	c.untold, c.reported = 0, h.Time
}

func (c *courier) lose(lines uint64) {
	c.lost += lines
	c.untold += lines
}
