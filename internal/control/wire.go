package control

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// Backend is what answers: the daemon.
type Backend interface {
	Status(context.Context) (Status, error)
	// List calls the function with every element that the filter lets pass, in no
	// order, and ends with its error.
	List(context.Context, Filter, func(Element) error) error
	Why(context.Context, netip.Addr) (Why, error)
	// Reports lists the incidents, the youngest first; Report tells one in full.
	Reports(context.Context) ([]Report, error)
	Report(ctx context.Context, id string) (Report, error)
	// Do carries out an order. An *Error is handed to the client as it is.
	Do(context.Context, Order) (Answer, error)
}

// Duration is a length of time for programs and for people.
type Duration struct {
	// Seconds is nil when the time never ends, and when it is unknown.
	Seconds *int64 `json:"seconds"`
	// Text is as in the rules file (1h30m, forever); empty when unknown.
	Text string `json:"text"`
}

// Element is one member of a kernel set: a ban, an acceptance, or what others
// put there.
type Element struct {
	Set     string `json:"set"`     // the kernel's name of it
	Address string `json:"address"` // an address, or a prefix that is more than one
	Entry   string `json:"entry"`   // the entry's name, the operator's reason, or the element's comment
	Origin  string `json:"origin"`  // rule, operator, kernel (put there by others) or config
	// Since and Until are nil when unknown; Until also when it is for ever.
	Since     *time.Time `json:"since"`
	Until     *time.Time `json:"until"`
	Remaining Duration   `json:"remaining"`
	Duration  Duration   `json:"duration"`
	Nth       int        `json:"nth"`      // counts the prefix's bans, from 1; 0 where none are counted
	Offences  uint64     `json:"offences"` // hits since it began
	Sender    string     `json:"sender"`   // who sent the line, or the operator
	Line      string     `json:"line"`     // the line that tipped it
	Who       *Who       `json:"who"`      // nil when nothing is known
}

// Who is what lookups know of an address; what is unknown is empty, or 0. Strangers
// wrote Name, Holder and Registrant; control characters have been taken out.
type Who struct {
	Name      string `json:"name"`
	Confirmed bool   `json:"name_confirmed"` // Name leads back to the address; else it is only claimed
	Country   string `json:"country"`
	Network   string `json:"network"` // as databases know it, with ASN
	ASN       uint32 `json:"asn"`
	Holder    string `json:"holder"` // who announces it
	// Registered is the network as its registry has it, Registrant to whom it belongs.
	Registered string   `json:"registered"`
	Registrant string   `json:"registrant"`
	Abuse      []string `json:"abuse"` // mailboxes
	// Fault tells why the registry's answer is missing.
	Fault string `json:"fault"`
}

// Roles are the kinds of sets by which a Filter chooses.
var Roles = []string{"blacklist", "whitelist", "blackout", "burst"}

// Filter chooses elements. The zero Filter chooses the bans: those of the
// blacklist and of the burst set.
type Filter struct {
	Role   string        // one of Roles, or empty
	Entry  string        // the entry's name, or empty
	Prefix netip.Prefix  // what lies inside it, or covers it; the zero Prefix is everything
	Age    time.Duration // begun at most so long ago; 0 is any time
}

// Status is how the daemon does.
type Status struct {
	Version string     `json:"version"`
	PID     int        `json:"pid"`
	Started time.Time  `json:"started"`
	DryRun  bool       `json:"dry_run"`
	Paused  *time.Time `json:"paused_until"` // nil when it is not
	// Troubles are sentences about what keeps the host from being guarded.
	Troubles  []string   `json:"troubles"`
	Rules     Rules      `json:"rules"`
	Counts    Counts     `json:"counts"`
	Listeners []Listener `json:"listeners"`
	Senders   []Sender   `json:"senders"`
	Entries   []Entry    `json:"entries"`
	Sets      []Set      `json:"sets"`
	Lists     []List     `json:"lists"`
	Notify    []Told     `json:"notify"`
	Lookups   []Lookup   `json:"lookups"`
	Databases []Database `json:"databases"`
	Reports   *Reported  `json:"reports"` // nil: off
}

// Rules tells which rules are in force.
type Rules struct {
	File    string    `json:"file"` // empty when the shipped defaults are in force
	Entries int       `json:"entries"`
	Loaded  time.Time `json:"loaded"`
	// LastReload tells whether the last attempt was good; if not, the rules of
	// Loaded are still in force.
	LastReload bool `json:"last_reload_successful"`
}

// Counts are the ledger's numbers.
type Counts struct {
	Bans            int    `json:"bans"`
	Accepts         int    `json:"accepts"`
	Strikes         int    `json:"strikes_tracked"`
	StrikesEvicted  uint64 `json:"strikes_evicted"`
	HitsWhileBanned uint64 `json:"hits_while_banned"`
	Late            uint64 `json:"late_messages"`
	BreakerTrips    uint64 `json:"breaker_trips"`
	Pending         int    `json:"kernel_changes_pending"`
}

// Listener is a source of messages.
type Listener struct {
	URL      string            `json:"url"`
	Received uint64            `json:"received"`
	Dropped  map[string]uint64 `json:"dropped"` // by reason
}

// Sender is a name in trust.
type Sender struct {
	Name string     `json:"name"`
	Last *time.Time `json:"last_message"` // nil: never
}

// Entry is what became of a rules entry's hits since the daemon started.
type Entry struct {
	Name      string            `json:"name"`
	Hits      uint64            `json:"hits"`
	Bans      uint64            `json:"bans"`
	Accepts   uint64            `json:"accepts"`
	NoAddress uint64            `json:"no_address"`
	Spared    map[string]uint64 `json:"spared"` // by reason
	LastHit   *time.Time        `json:"last_hit"`
}

// List is the files that one directive of the rules names.
type List struct {
	Directive string   `json:"directive"` // always or never
	Prefixes  int      `json:"prefixes"`
	Faults    []string `json:"faults"` // what could not be read, a sentence for each file
}

// Told is how one target of notify fares. Sent are messages, Failed attempts,
// Dropped the bans and troubles that it was not told of.
type Told struct {
	Target  string `json:"target"`
	Sent    uint64 `json:"sent"`
	Failed  uint64 `json:"failed"`
	Dropped uint64 `json:"dropped"`
}

// Lookup is how the questions of one kind fare: name (of resolvers) or contact (of
// registries). Dropped were never asked, since too many were waiting.
type Lookup struct {
	Kind      string `json:"kind"`
	Questions uint64 `json:"questions"`
	Failed    uint64 `json:"failed"`
	Dropped   uint64 `json:"dropped"`
	Evicted   uint64 `json:"evicted"` // answers forgotten before their time
}

// Database is a file that lookups read.
type Database struct {
	Path  string     `json:"path"`
	Built *time.Time `json:"built"` // nil: none could be read
	Fault string     `json:"fault"` // of the file as it is now, or empty
}

// Set is a kernel set.
type Set struct {
	Name     string `json:"name"`
	Entries  int    `json:"entries"`
	Capacity int    `json:"capacity"`
	Used     bool   `json:"used_by_firewall"`
}

// Why is all that is known of one address.
type Why struct {
	Address string `json:"address"`
	Spared  string `json:"spared"` // the reason why it is never banned, or empty
	// Bans is what bans it, Accepts what accepts it: the ledger's, the narrowest
	// first, and then what others put into the kernel.
	Bans    []Element `json:"bans"`
	Accepts []Element `json:"accepts"`
	Strikes []Strikes `json:"strikes"`
	Past    []Past    `json:"past"`      // the youngest first
	More    int       `json:"past_more"` // how many more there were
	Kernel  []Held    `json:"kernel"`    // the elements that cover it
	Asked   []string  `json:"asked"`     // the sets that were looked into
	Who     *Who      `json:"who"`       // nil when nothing is known
	// Asking tells that answers about Who are under way.
	Asking bool `json:"asking"`
}

// Strikes is what is counted against an address by one verdict.
type Strikes struct {
	Address   string    `json:"address"`
	Entry     string    `json:"entry"`
	Hits      int       `json:"hits"`
	Of        int       `json:"of"`        // how many ban; 0 when the rules have no such verdict now
	Different string    `json:"different"` // the group whose values differ, or empty
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
}

// Past is a ban that is over.
type Past struct {
	Entry    string    `json:"entry"`
	Since    time.Time `json:"since"`
	Ended    time.Time `json:"ended"`
	Offences uint64    `json:"offences"`
}

// Held is an element as the kernel shows it.
type Held struct {
	Set       string   `json:"set"`
	Address   string   `json:"address"`
	Remaining Duration `json:"remaining"`
	Comment   string   `json:"comment"`
	Packets   uint64   `json:"packets"`
	Bytes     uint64   `json:"bytes"`
}

// Verb is what an Order asks for.
type Verb string

// The verbs.
const (
	Ban      Verb = "ban"      // Prefix, For, Reason
	Unban    Verb = "unban"    // Prefix or All, Forget
	Accept   Verb = "accept"   // Prefix, For
	Unaccept Verb = "unaccept" // Prefix
	Pause    Verb = "pause"    // For
	Resume   Verb = "resume"
	Reload   Verb = "reload"
	// SendReport sends the incident Report to whom it concerns.
	SendReport Verb = "send-report"
)

// Verbs lists them all.
var Verbs = []Verb{Ban, Unban, Accept, Unaccept, Pause, Resume, Reload, SendReport}

// Order asks for a change.
type Order struct {
	Verb   Verb         `json:"-"`
	Prefix netip.Prefix `json:"prefix,omitzero"`
	All    bool         `json:"all,omitempty"`
	For    string       `json:"for,omitempty"` // a duration as in the rules file
	Reason string       `json:"reason,omitempty"`
	Forget bool         `json:"forget,omitempty"` // past bans and strikes too
	Report string       `json:"report,omitempty"` // an ID
	By     string       `json:"-"`                // who asks, read from the kernel by the server
}

// MaxElements is how many elements an Answer carries at most.
const MaxElements = 1000

// Answer is what an Order came to.
type Answer struct {
	// Count is how many elements began or ended; Elements are the first of them.
	Count    int       `json:"count"`
	Elements []Element `json:"elements"`
	// Covering are wider bans, which Unban has left and which ban the address still.
	Covering []Element `json:"covering"`
	// Until is the end of the Pause.
	Until *time.Time `json:"until"`
	// Faults are the rules' faults, warnings and notes, of Reload.
	Faults []string `json:"faults"`
	// Notes are what the operator should know.
	Notes []string `json:"notes"`
}

// Error is a refusal that is handed to the client.
type Error struct {
	Status  int      `json:"-"` // of HTTP
	Message string   `json:"error"`
	Hint    string   `json:"hint,omitempty"`
	Faults  []string `json:"faults,omitempty"` // of the rules, with Reload
}

func (e *Error) Error() string { return e.Message }

// Refuse makes an Error. The message begins with the operation and its object.
func Refuse(status int, hint, format string, args ...any) *Error {
	return &Error{Status: status, Hint: hint, Message: fmt.Sprintf(format, args...)}
}
