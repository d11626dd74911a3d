// Package ipset reads and writes the kernel's sets of addresses over netlink,
// without the ipset command: it creates sets with timeouts, adds and deletes many
// elements in one message, and streams what a set holds.
//
// It knows nothing of why an address is in a set. It refuses to be a general
// ipset library: it deals in addresses and networks, hash:ip and hash:net, and leaves
// ports, marks, interfaces and lists of sets alone.
//
//	c, err := ipset.Dial()
//	…
//	err = c.Create(ipset.Spec{Name: "visitors", MaxElem: 1000, HashSize: 256})
//	n, err := c.Add("visitors", []ipset.Element{{Prefix: prefix, Timeout: time.Hour}})
//
// A Conn is one socket with one owner; its methods must not be called
// concurrently. Open a second one where a long List must not hold up an Add:
// the kernel allows both at the same time.
//
// To see the messages that are sent, let strace decode them: strace -e writev,read.
// To see what the kernel made of them, `ipset list SET`.
package ipset
