package insight

// Topic is the part of life that a worry is about.
type Topic string

// The parts of life, in the order in which equal ones are named.
const (
	TopicLove       Topic = "LOVE"
	TopicBreakup    Topic = "BREAKUP"
	TopicFamily     Topic = "FAMILY"
	TopicFriendship Topic = "FRIENDSHIP"
	TopicWork       Topic = "WORK"
	TopicStudy      Topic = "STUDY"
	TopicMoney      Topic = "MONEY"
	TopicHealth     Topic = "HEALTH"
	TopicSelf       Topic = "SELF"
	TopicFuture     Topic = "FUTURE"
	TopicDaily      Topic = "DAILY" // none of the others
)

// allTopics returns a new list of all topics.
func allTopics() []Topic {
	return []Topic{TopicLove, TopicBreakup, TopicFamily, TopicFriendship, TopicWork, TopicStudy, TopicMoney, TopicHealth, TopicSelf, TopicFuture, TopicDaily}
}

// Values returns the names of all topics, as a column's or a prompt's enumeration wants them.
func (Topic) Values() []string { return names(allTopics()) }

// Valid reports whether t is one of the topics.
func (t Topic) Valid() bool { return known(t, allTopics()) }

// ParseTopics returns the topics that a model named: in upper or lower case, the unknown and the
// repeated left out, at most two. It returns nil when none is left.
func ParseTopics(said []string) []Topic { return parse(said, allTopics(), mostTopics) }
