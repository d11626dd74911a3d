package replay

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds what a zstd frame may make us hold; zstd -19 uses 8 MiB, and
// --long 128.
const maxWindow = 128 << 20

// magics are the first bytes of compressed files.
var magics = struct{ gzip, zstd, xz, bzip2 []byte }{
	gzip:  []byte{0x1f, 0x8b},
	zstd:  []byte{0x28, 0xb5, 0x2f, 0xfd},
	xz:    []byte{0xfd, '7', 'z', 'X', 'Z'},
	bzip2: []byte("BZh"),
}

// decompress returns the text in b, which tells by its first bytes how it is
// compressed, if at all.
func decompress(b *bufio.Reader) (io.ReadCloser, error) {
	head, _ := b.Peek(8) // an error comes back with the first read
	switch {
	case bytes.HasPrefix(head, magics.gzip):
		return gzip.NewReader(b)
	case bytes.HasPrefix(head, magics.zstd):
		d, err := zstd.NewReader(b, zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	case bytes.HasPrefix(head, magics.xz):
		return nil, errors.New("compressed by xz: write xz -dc FILE | syslog-blacklist test -")
	case bytes.HasPrefix(head, magics.bzip2):
		return nil, errors.New("compressed by bzip2: write bzip2 -dc FILE | syslog-blacklist test -")
	}
	return io.NopCloser(b), nil
}
