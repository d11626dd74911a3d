package lookup

import "time"

// Stats is how the lookups do. Names and Contacts are nil when they are off.
type Stats struct {
	Names, Contacts *Asked
	Databases       []Database
}

// Database is one of Config.Databases.
type Database struct {
	Path  string
	Built time.Time // by its publisher; zero: none could be read yet
	Fault string    // what is wrong with the file as it is now, or empty
}

// Stats counts what has been asked since New.
func (l *Lookup) Stats() Stats {
	s := Stats{Names: l.names.counts(), Contacts: l.contacts.counts()}
	for _, f := range l.databases.files {
		s.Databases = append(s.Databases, f.state())
	}
	return s
}

func (f *database) state() Database {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := Database{Path: f.path, Fault: f.fault}
	if reader := f.reader.Load(); reader != nil {
		d.Built = reader.Metadata.BuildTime()
	}
	return d
}

func (a *asker[V]) counts() *Asked {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.stats
	return &s
}
