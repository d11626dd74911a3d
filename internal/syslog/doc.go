// Package syslog is the wire format of syslog in both directions: Parse turns
// what senders really send into the one canonical line that rules see, Append
// writes a message for the injector.
//
// Parse is total. There is no message that it refuses; what it does not
// understand stays in the line. It works in place on borrowed bytes, decodes
// nothing (invalid UTF-8 stays as it came) and allocates nothing. Framing is not
// its business: it is given one message. Neither is trust: host, time and
// priority are what the sender claims.
//
// # Grammar
//
// An attacker writes much of TEXT, so which bytes are header is decided from
// left to right, by the first alternative that fits, and never by what stands
// further right than the tag.
//
//	message  = [ pri ] ( rfc5424 / bsd )                     ; rfc5424 only behind a priority
//	pri      = "<" *5( DIGIT / "+" / "-" ) ">"
//	rfc5424  = VERSION SP ( "-" / stamp ) SP HOST SP APP SP PROCID SP MSGID SP ( SD [ SP [ BOM ] MSG ] / MSG )
//	bsd      = [ own-stamp SP / stamp ( ":" / SP [ host SP [ level SP ] ] ) ] *( SP / ":" SP ) [ cisco ] ( tag text / text )
//	host     = word / "-" / "Message forwarded from" SP word ":"
//	level    = FACILITY "." SEVERITY                         ; a tag follows
//	cisco    = *( DIGITS ":" SP ) [ word ":" SP ] [ "*" / "." ] stamp [ SP zone ] ":" SP     ; "%" follows
//	tag      = name ":" / name "[" pid "]" ":" / name "[" DIGITS "]" SP
//	         / name "[" *DIGIT SP                            ; 32 bytes or more, behind a host: cut by rsyslog
//	text     = [ "message repeated" SP N SP "times: [" ] *( own-stamp SP ) *OCTET
//
// A host stands only behind a stamp, and only when the word is no tag itself. A
// tag ends in ":" or has brackets, which no host does, so that "sshd[1]: x y[2]: z" has
// no host and "myhost sshd[1]: x" has one. An IPv6 literal is a host although it
// holds colons. A word that no tag follows is a host, as RFC 3164 has it ("host
// last message repeated 2 times"), but for lines that have an ISO time and no priority: these
// are application logs.
package syslog
