package control

import "time"

// Report is an incident, and what is told of it.
type Report struct {
	ID      string `json:"id"`
	Day     string `json:"day"`
	Network string `json:"network"`
	Kind    string `json:"kind"`
	// Holder is whose network it is, as the registry tells; Desk is who is written to.
	Holder  string    `json:"holder"`
	Desk    []string  `json:"desk"`
	State   string    `json:"state"` // open, review, sent or given up
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Count   uint64    `json:"count"`
	Sources []Source  `json:"sources"`
	More    int       `json:"more"`    // hits of addresses beyond Sources
	Entries []string  `json:"entries"` // of the rules; they are told nobody
	Lines   []string  `json:"lines"`   // as they may be told
	// Drafted is when it was mailed for review, Sent when it went out by each way.
	Drafted *time.Time           `json:"drafted"`
	Sent    map[string]time.Time `json:"sent"`
	Fault   string               `json:"fault"` // the last failure
	// Rendered is what would go out by each way. A list of reports leaves it out.
	Rendered []Rendered `json:"rendered,omitempty"`
}

// Source is an address of a Report.
type Source struct {
	Address string    `json:"address"`
	Name    string    `json:"name"` // the reverse name, which its owner chose
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Count   uint64    `json:"count"`
	Ports   []uint16  `json:"ports"`
}

// Rendered is a report as it goes out by one way: desk, form or abuseipdb.
type Rendered struct {
	Way     string   `json:"way"`
	To      []string `json:"to"` // empty: nobody is known
	Subject string   `json:"subject"`
	Text    string   `json:"text"`
	Parts   []Part   `json:"parts"`
	Raw     []byte   `json:"raw"` // what goes over the wire
}

// Part is an attachment.
type Part struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Reported counts reports. Open are incidents that nobody has sent, as of now.
// Drafted were mailed for review, Sent went out, Failed are attempts that did not;
// Dropped were given up. Lost are bans that became no incident, since too many
// waited, Evicted networks whose lines had to make room before they were banned.
type Reported struct {
	Open        int    `json:"open"`
	Drafted     uint64 `json:"drafted"`
	Sent        uint64 `json:"sent"`
	Failed      uint64 `json:"failed"`
	Dropped     uint64 `json:"dropped"`
	Lost        uint64 `json:"lost"`
	Evicted     uint64 `json:"evicted"`
	StoreErrors uint64 `json:"store_errors"`
}
