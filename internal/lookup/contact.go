package lookup

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/openrdap/rdap"
)

const (
	maxMail     = 4    // mailboxes of one contact
	maxEntities = 1000 // looked at in one answer
)

// parseContact reads a registry's answer about addr (RFC 9083).
func parseContact(text []byte, addr netip.Addr) (Contact, error) {
	object, err := rdap.NewDecoder(text).Decode()
	if err != nil {
		return Contact{}, fmt.Errorf("read the answer: %w", err)
	}
	n, ok := object.(*rdap.IPNetwork)
	if !ok {
		return Contact{}, errors.New("the answer tells of no network")
	}
	network, ok := around(n.StartAddress, n.EndAddress, addr)
	if !ok {
		return Contact{}, fmt.Errorf("the answer is about another network than that of %s", addr)
	}
	c := Contact{Network: network}
	eachEntity(n.Entities, func(e *rdap.Entity) {
		card := jCard(e)
		if card == nil {
			return
		}
		if c.Holder == "" && slices.Contains(e.Roles, "registrant") {
			c.Holder = label(card.Name())
		}
		if slices.Contains(e.Roles, "abuse") {
			c.addMail(card)
		}
	})
	c.Holder = cmp.Or(c.Holder, label(n.Name))
	return c, nil
}

// eachEntity walks breadth first, so that the network's own contact comes before
// that of its holder.
func eachEntity(entities []rdap.Entity, visit func(*rdap.Entity)) {
	for i := 0; i < len(entities) && i < maxEntities; i++ {
		visit(&entities[i])
		entities = append(entities, entities[i].Entities...)
	}
}

// jCard returns an entity's card. The decoder refuses a card with one bad property,
// and some registries' have one.
func jCard(e *rdap.Entity) *rdap.VCard {
	if e.VCard != nil || e.DecodeData == nil {
		return e.VCard
	}
	raw, err := json.Marshal(e.DecodeData.Value("vcardArray"))
	if err != nil {
		return nil
	}
	card, err := rdap.NewVCardWithOptions(raw, rdap.VCardOptions{IgnoreInvalidProperties: true})
	if err != nil {
		return nil
	}
	return card
}

func (c *Contact) addMail(card *rdap.VCard) {
	for _, p := range card.Get("email") {
		for _, v := range p.Values() {
			m := mailbox(strings.TrimSpace(v))
			if m != "" && !placeholder(m) && !slices.Contains(c.Mail, m) && len(c.Mail) < maxMail {
				c.Mail = append(c.Mail, m)
			}
		}
	}
}

// registries answer with a mailbox of their own where a holder has published none.
// It is nobody's abuse desk: they can't help, and ask not to be written to.
var registries = []string{
	"afrinic.net", "apnic.net", "arin.net", "lacnic.net", "ripe.net", "iana.org",
	"cnnic.cn", "idnic.net", "irinn.in", "nic.ad.jp", "nic.or.kr", "twnic.tw", "vnnic.vn",
}

// nobody are local parts that say themselves that nobody reads.
var nobody = []string{"no-email", "noemail", "no-reply", "noreply", "no-contact", "nobody", "none", "null", "devnull", "unknown"}

// placeholder tells whether a mailbox stands for "no contact published".
func placeholder(mail string) bool {
	local, domain, _ := strings.Cut(mail, "@")
	under := func(parent string) bool { return domain == parent || strings.HasSuffix(domain, "."+parent) }
	return slices.ContainsFunc(registries, under) || slices.Contains(nobody, strings.ToLower(local)) ||
		slices.ContainsFunc([]string{"invalid", "test", "example", "localhost", "local"}, under) // RFC 6761
}

// around returns the widest prefix around addr that lies between two addresses.
func around(start, end string, addr netip.Addr) (netip.Prefix, bool) {
	first, err1 := netip.ParseAddr(start)
	last, err2 := netip.ParseAddr(end)
	if err1 != nil || err2 != nil || addr.Less(first) || last.Less(addr) || first.BitLen() != addr.BitLen() || last.BitLen() != addr.BitLen() {
		return netip.Prefix{}, false
	}
	best := netip.PrefixFrom(addr, addr.BitLen())
	for bits := addr.BitLen() - 1; bits >= 0; bits-- {
		p := netip.PrefixFrom(addr, bits).Masked()
		if p.Addr().Less(first) || last.Less(lastOf(p)) {
			break
		}
		best = p
	}
	return best, true
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
