package daemon

import (
	"fmt"
	"log/slog"
	"time"

	"syslog-blacklist/internal/ledger"
)

// alarmGap is how long an alarm about withheld bans holds: it is told once in that
// time, and status shows it for as long.
const alarmGap = 10 * time.Minute

// alarm says when bans are withheld. Whoever is not banned for it would go
// unnoticed otherwise. It serves one goroutine.
type alarm struct {
	log   *slog.Logger
	told  time.Duration // since boot; 0: never
	trips uint64        // when it was told
}

// look tells what was withheld since it was last told, if that was long ago.
func (a *alarm) look(now time.Duration, s ledger.Stats) {
	if s.BreakerTrips == a.trips || a.told != 0 && now-a.told < alarmGap {
		return
	}
	a.log.Warn(withheld(&s.LastTrip), "withheld", s.BreakerTrips-a.trips)
	a.told, a.trips = now, s.BreakerTrips
}

// withheld says in words why a ban that was due is not in force.
func withheld(t *ledger.Trip) string {
	if t.Share {
		return fmt.Sprintf("bans are withheld: sender %s holds half of a set, the last for %s; raise sets.size and restart the daemon, or see what it sends", t.Sender, t.Entry)
	}
	return fmt.Sprintf("bans are withheld: sender %s causes too many at once, the last for %s; see what it sends, or raise limits.bans_per_second and burst", t.Sender, t.Entry)
}
