package inject

import "testing"

func TestWhatIsNotWhollyAcknowledgedStaysInFlight(t *testing.T) {
	tests := []struct {
		name  string
		acked int
		rest  string
		lines uint64
	}{
		{"nothing", 0, "5 first5 lines6 second", 2},
		{"less than nothing, as TLS makes bytes of its own", -20, "5 first5 lines6 second", 2},
		{"half a frame", 6, "5 first5 lines6 second", 2},
		{"a frame", 7, "5 lines6 second", 1},
		{"a frame and a half", 13, "5 lines6 second", 1},
		{"a line and the report", 14, "6 second", 1},
		{"all", 22, "", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var f flight
			f.addCounted([]byte("first"), true)
			f.addCounted([]byte("lines"), false)
			f.addCounted([]byte("second"), true)
			f.taken = len(f.buf)
			f.arrived(test.acked)
			if string(f.buf) != test.rest || f.lines() != test.lines || f.taken != len(f.buf) {
				t.Errorf("%q, %d lines, %d taken; want %q, %d lines", f.buf, f.lines(), f.taken, test.rest, test.lines)
			}
		})
	}
}
