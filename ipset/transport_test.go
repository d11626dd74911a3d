package ipset

import (
	"errors"
	"testing"

	"github.com/mdlayher/netlink"

	"syslog-blacklist/internal/kerneltest"
)

func TestAnAnswerThatNobodyReadIsNotTakenForTheNext(t *testing.T) {
	kerneltest.Require(t)
	c, err := Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// It fails: there is no such set.
	if err := c.send(cmdFlush, netlink.Request|netlink.Acknowledge, appendSetHead(nil, "none")); err != nil {
		t.Fatal(err)
	}
	if err := c.Create(Spec{Name: "stale"}); err != nil {
		t.Errorf("the answer to another request was believed: %v", err)
	}
	if err := c.Destroy("stale"); err != nil {
		t.Error(err)
	}
}

func TestALostAnswerIsAnErrorAndTheConnectionLivesOn(t *testing.T) {
	kerneltest.Require(t)
	c, err := Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 20_000 { // more than the receive buffer holds
		if err := c.send(cmdFlush, netlink.Request|netlink.Acknowledge, appendSetHead(nil, "none")); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush("none"); !errors.Is(err, errLost) {
		t.Errorf("error %v, want %v", err, errLost)
	}
	if err := c.Flush("none"); !errors.Is(err, ErrNotExist) {
		t.Errorf("then error %v, want ErrNotExist", err)
	}
}
