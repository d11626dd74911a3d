package main

import (
	"errors"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"syslog-blacklist/inject"
	"syslog-blacklist/internal/syslog"
)

const about = `syslog-inject sends every line of its standard input as a syslog message, for
services that can write to a pipe and not to syslog.

The service never waits for it. Lines that can't be sent yet are kept, 4 MiB of
them; then the oldest is dropped, and when the receiver is back a message
"syslog-inject: lines lost: N" under the same tag says how many are missing.
A receiver that is away or stalls does not end the program, nor does a full disk.
It ends within two seconds, with what it has read sent as far as that can be
done, when its input ends or when it receives SIGTERM.

The receiver is one of
  udp://HOST:PORT
  tcp://HOST:PORT               octet counting (RFC 6587)
  tls://HOST:PORT               the same in TLS (RFC 5425); the parameters are
        ?ca=FILE                authorities to trust instead of the system's
        &cert=FILE&key=FILE     the certificate to show
  unix:///PATH                  a datagram socket such as /dev/log
Messages have the form of RFC 5424, over a Unix socket that of RFC 3164.

Over TCP and TLS, lines that the receiver has not acknowledged are sent again
after an interruption, so that a line may arrive twice. Lines longer than 64,000
bytes are cut, and end in " [cut]".`

const examples = `  # Apache: in httpd.conf
  ErrorLog "|/usr/bin/syslog-inject --tag apache --copy /var/log/apache2/error.log"

  # any program, to another host, encrypted
  myservice 2>&1 | syslog-inject --tag myservice --to 'tls://logs.example.org:6514?ca=/etc/ssl/logs.pem'`

// rootCommand returns the whole command line.
func rootCommand(stdin *os.File, log *slog.Logger) *cobra.Command {
	config := inject.Config{Log: log}
	var priority, account string
	root := &cobra.Command{
		Use:               "syslog-inject",
		Short:             "Send lines from standard input to syslog",
		Long:              about,
		Example:           examples,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args: func(cmd *cobra.Command, args []string) (err error) { // the flags too: what is wrong with them is wrong use
			if config.Priority, err = syslog.ParsePriority(priority); err != nil {
				return err
			}
			return errors.Join(cobra.NoArgs(cmd, args), config.Check())
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			sender, err := inject.New(config)
			if err != nil {
				return err
			}
			if err := becomeUser(account); err != nil {
				return err
			}
			totals, err := sender.Run(cmd.Context(), stdin)
			report(log, totals)
			return err
		},
	}
	flags := root.Flags()
	flags.SortFlags = false
	flags.StringVar(&config.To, "to", "udp://127.0.0.1:5514", "`URL` of the receiver")
	flags.StringVar(&config.Tag, "tag", "inject", "program `name` that the messages bear")
	flags.StringVar(&priority, "priority", "user.notice", "`FACILITY.SEVERITY` that the messages bear")
	flags.StringVar(&config.Host, "host", "", "host `name` that the messages bear (default this host's, and none over a Unix socket)")
	flags.StringVar(&config.Copy, "copy", "", "`file` to append every line to as well; it may be rotated by renaming")
	flags.StringVar(&account, "user", "", "run as this `user`, once the files are open; for a start as root")
	return root
}

// report says at the end what went wrong with how many lines.
func report(log *slog.Logger, t inject.Totals) {
	if t.Lost+t.Cut+t.Uncopied > 0 {
		log.Warn("not every line arrived whole", "read", t.Read, "lost", t.Lost, "cut", t.Cut, "uncopied", t.Uncopied)
	}
}

// hintFor says what to do about an error, where the error does not say it.
func hintFor(err error) string {
	if errors.Is(err, os.ErrPermission) {
		return "the file must be open to the user that runs syslog-inject"
	}
	return ""
}
