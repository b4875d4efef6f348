#include "sim/scenario/format.hpp"

#include <array>

namespace kafault {
namespace {

using namespace std::string_view_literals;

constexpr std::array scenario_keys{
    Key{"$schema", "text", "-", "for editors; not read"},
    Key{"kafault", "1", "1", "the version of this format"},
    Key{"title", "text", "-", "what happens, in one line"},
    Key{"question", "text", "-", "the question that the table answers"},
    Key{"source", "text", "-", "where the case comes from"},
    Key{"also_asked", "list of names", "[]",
        "other words in which people ask this: `kafault list` looks there, too"},
    Key{"kafka", "a version", "4.1",
        "of controller and brokers, and of clients that name none: its defaults and behaviour"},
    Key{"switches", "object of true or false", "as the version has them",
        "single differences between versions, on or off, for brokers and clients"},
    Key{"network", "object", "{}", "how long messages travel"},
    Key{"client_dice", "true or false", "where the latency is a range",
        "clients draw what Java leaves to chance: the jitter of back-offs, which of equal brokers "
        "is asked, the next sticky partition; else none, the lowest, the next in order"},
    Key{"brokers", "object", "{}", "how many, and their settings"},
    Key{"topics", "object of objects", "{}",
        "by name; a topic that a producer writes to exists without an entry"},
    Key{"producers", "object of objects", "", "by name; at least one"},
    Key{"groups", "object of objects", "{}", "consumer groups, by name"},
    Key{"faults", "list of objects", "[]", "what goes wrong"},
    Key{"matrix", "list of objects", "[]",
        "axes; every combination is run, the first axis slowest"},
    Key{"runs", "1 to 1,000,000", "1", "runs per combination, each with its own seed"},
    Key{"seed", "number", "1", "the first run's seed"},
    Key{"horizon", "duration", "1h", "simulated time after which a run that goes on is healed"},
    Key{"expect", "object or list of objects", "[]", "what must hold for all or some rows"},
};
constexpr std::array network_keys{
    Key{"latency", "duration or [low, high]", "0.5ms", "one way, from 1us to 1h; a range is drawn"},
    Key{"loss", "a fraction", "none",
        "of the packets of every link, up to 1/2: TCP sends them again, later and more slowly"},
};
constexpr std::array brokers_keys{
    Key{"count", "1 to 63", "3", "brokers have the numbers 1 to count"},
    Key{"controllers", "1 to 9", "1, or up to 3 brokers",
        "voters of the controller quorum, on nodes of their own or in the first brokers: when the "
        "active one crashes, another takes over"},
    Key{"combined", "true or false", "false",
        "the voters are brokers (process.roles=broker,controller), the first one is active at "
        "first: what strikes a broker strikes its controller"},
    Key{"racks", "list of names", "none",
        "broker.rack of each broker: replicas are laid out over racks, and faults strike them "
        "whole"},
    Key{"coordinator", "broker number", "the last", "who leads the offsets topic at first"},
    Key{"config", "Kafka's settings", "{}", "of every broker, and defaults of all topics"},
    Key{"disk", "object", "{}", "what a broker's machine writes to disk by itself, and when"},
    Key{"request_time", "duration or [low, high]", "0s",
        "what a broker needs for a request besides waiting for others: its queue, the handler with "
        "the append, the answer's way to the socket; a range is drawn"},
};
constexpr std::array disk_keys{
    Key{"dirty_writeback", "duration", "5s",
        "how often the kernel looks for dirty files; 0s: never (vm.dirty_writeback_centisecs)"},
    Key{"dirty_expire", "duration", "30s",
        "a file is written out when it has been dirty for so long (vm.dirty_expire_centisecs)"},
};
constexpr std::array topic_keys{
    Key{"partitions", "1 to 10,000", "1", "or as many as the assignment has"},
    Key{"replication.factor", "1 to the brokers", "min(3, brokers)", "replicas of each partition"},
    Key{"assignment", "list of lists of broker numbers", "in turn",
        "replicas by partition, the preferred leader first; by default partition p begins at "
        "broker 1 + p mod brokers"},
    Key{"config", "Kafka's settings", "{}", "of this topic"},
};
constexpr std::array producer_keys{
    Key{"client", "java, librdkafka, or { is, version }", "java", "whose defaults and habits"},
    Key{"config", "Kafka's settings", "{}", "of this producer"},
    Key{"sends", "object", "{}", "what its application sends"},
    Key{"on_error", "ignore, resend, stop", "ignore",
        "what the application does when a send fails; resend happens at once, in the callback"},
    Key{"on_restart", "resume, replay, after_sent, after_flushed, stay_dead", "resume",
        "after a crash: go on after the last acked record, begin again, go on after the last "
        "record that send() took, or that a flush() covered, or stay dead"},
};
constexpr std::array producer_client_keys{
    Key{"is", "java", "java", "its name"},
    Key{"version", "a version", "the brokers'", "its defaults and behaviour"},
};
constexpr std::array group_client_keys{
    Key{"is", "java, librdkafka, spring", "java", "its name"},
    Key{"version", "a version", "the brokers'", "its defaults and behaviour"},
};
constexpr std::array sends_keys{
    Key{"topic", "a topic's name", "the only topic", "`orders` if there is none"},
    Key{"records", "1 to 10,000,000", "100", "calls of send()"},
    Key{"every", "duration", "20ms", "from one send to the next; 0s: all at once"},
    Key{"start", "duration", "0s", "when the first is sent"},
    Key{"size", "size", "100B", "of a record's value"},
    Key{"large_record", "number", "none", "one record, counted from 0, that has another size"},
    Key{"large_size", "size", "the same", "of that record's value"},
    Key{"key", "none, unique, or a number", "none", "no key, one per record, or so many keys"},
    Key{"tombstones", "[from, to]", "none",
        "these records, counted from 0, have no value: they delete their key; the last is not "
        "among them"},
    Key{"age", "duration", "0s",
        "timestamps of the application's own: so long before each send(), not its time"},
    Key{"ahead", "duration", "0s", "the same, from the future"},
    Key{"compressed_size", "size", "the same",
        "with compression.type: what a record of `size` takes in a compressed batch"},
    Key{"partition", "number", "by key", "pins all records to one partition"},
    Key{"wait", "true or false", "false", "send().get(): each send waits for the one before"},
    Key{"flush_every", "number", "never",
        "flush() after so many records: the next send waits until all are acked or have failed"},
    Key{"outbox", "object", "none",
        "the process is the relay of a transactional outbox, and `every` the pace of its rows"},
    Key{"exits_when_sent", "true or false", "false",
        "the process ends right after its last send(), without close()"},
    Key{"close_timeout", "duration", "as long as it takes",
        "close(timeout) after the last send() and on SIGTERM: what is undecided then fails"},
};
constexpr std::array sends_later{"transaction"sv};
constexpr std::array outbox_keys{
    Key{"reads", "past_last_id, without_gaps, unsent, change_log", "past_last_id",
        "how it finds rows: WHERE id > :last; as far as no id is missing; WHERE NOT sent; in the "
        "order of commits, as they come"},
    Key{"poll", "duration", "100ms", "from one look at the table to the next; not with change_log"},
    Key{"late_row", "number", "none",
        "one row, counted from 0, whose transaction commits later than it got its id"},
    Key{"late_by", "duration", "0s", "so much later"},
    Key{"relays", "1 to 1,000", "1", "each poll is one relay's, in turn"},
    Key{"locks", "true or false", "true",
        "no relay gets another's rows; else the next one finds again what a late one has not sent"},
    Key{"late_poll", "number", "none",
        "one poll, counted from 0, whose relay sends what it found later"},
    Key{"late_poll_by", "duration", "0s", "so much later"},
};
constexpr std::array group_keys{
    Key{"topics", "list of names", "all that producers write to", "what the group subscribes to"},
    Key{"members", "number, or list of objects", "1", "up to 1,000 consumers"},
    Key{"client", "java, librdkafka, spring, or { is, version }", "java",
        "whose defaults and habits"},
    Key{"config", "Kafka's settings", "{}", "of every member"},
    Key{"start", "duration", "0s", "when the members start"},
    Key{"commit", "a commit strategy, or { is }", "auto",
        "what the application's code does; with spring, the container's ack_batch"},
    Key{"handling", "object", "{}", "how long the handler takes"},
    Key{"sink", "a sink, { is }, or a list", "append", "where handled records take effect"},
    Key{"on_revoke", "nothing, commit, none", "nothing",
        "the listener does nothing, commits what was handled, or there is none"},
    Key{"on_exception",
        "close, skip, retry, seek, seek_batch, seek_to_end, crash, publish, or { is }", "close",
        "when a handler throws; with spring, seek with 10 attempts, then skip"},
    Key{"publishes", "object", "{}",
        "where on_exception publish sends a record to: retry topics and dead letters"},
    Key{"poll_timeout", "duration", "100ms", "how long poll() waits for records"},
    Key{"close_timeout", "duration", "30s",
        "how long close() waits: for its commit, then for the answer to LeaveGroup"},
    Key{"leave_on_close", "default, leave, remain", "default",
        "what close() tells the group (KIP-1092, clients of 4.1); by default dynamic members "
        "leave, "
        "and static ones keep their place until the session ends"},
};
constexpr std::array group_later{"writes"sv};
constexpr std::array publishes_keys{
    Key{"to", "list of names", "",
        "topics, in turn: what fails in one goes to the next, what fails elsewhere to the first"},
    Key{"delay", "duration, or a list of them", "0",
        "how long a record waits in each of these topics before it is tried again; one is for all "
        "but the last"},
    Key{"awaited", "true or false", "true",
        "the handler's thread waits for the ack; a send that fails leaves the record unhandled"},
    Key{"config", "Kafka's settings", "{}", "of the producer in each member"},
};
constexpr std::array member_keys{
    Key{"start", "duration", "the group's", "counts from the beginning"},
    Key{"config", "Kafka's settings", "{}", "merged into the group's; null is the default again"},
    Key{"assign", "list of partitions", "[]",
        "assign() of these, orders-0, instead of subscribe(): it reads them without being a "
        "member"},
};
constexpr std::array handling_keys{
    Key{"takes", "duration or [low, high]", "0s", "for one record; a range is drawn"},
    Key{"window", "1 to 10,000,000", "1",
        "effects wait in memory until so many records are handled, or nothing comes"},
    Key{"rewrites", "all, failed", "all",
        "what is written again of a window that a sink has taken in part"},
    Key{"workers", "1 to 1,000", "1", "threads of the strategies that hand records off"},
};
constexpr std::array commit_keys{
    Key{"is", "a commit strategy", "", "its name"},
    Key{"conditional", "true or false", "true",
        "sink: the transaction fails if the sink's offset is past the record's already"},
    Key{"every", "number or duration", "1, or 5s",
        "ack_count: after so many records; ack_time: after so much time"},
    Key{"on_timeout", "go_on, rewind, ask", "go_on",
        "sync: what the application does when commitSync() throws a TimeoutException: nothing, "
        "seek "
        "to where the batch began, or seek to what committed() says"},
};
constexpr std::array on_exception_keys{
    Key{"is", "close, skip, retry, seek, seek_batch, seek_to_end, crash, publish", "",
        "what is done first"},
    Key{"backoff", "duration", "0s",
        "retry and the seeks: the thread waits so long before it tries again"},
    Key{"attempts", "1 to 1,000,000", "no end", "retry and the seeks: how often a record is tried"},
    Key{"then", "close, skip, crash, publish", "skip", "after the last attempt"},
};
constexpr std::array sink_keys{
    Key{"is", "a sink", "", "its name"},
    Key{"remembers", "duration", "for ever",
        "inbox, inbox_before, inbox_after, cache: an id is deleted when it is so old"},
    Key{"resolution", "duration", "1ms",
        "newest_timestamp: of the column; what is newer by less is no newer"},
    Key{"checks", "true or false", "true",
        "log_then_wal: what is in the log and not in the WAL is looked up in the database"},
    Key{"keeps_files", "true or false", "true", "log_then_wal: its files outlive the process"},
};
constexpr std::array fault_keys{
    Key{"name", "text", "the action", "for `after`, and for the report"},
    Key{"when", "object or \"anywhere\"", "", "what makes it strike"},
    Key{"do", "an action", "", "what it does"},
    Key{"target", "a target, or a list", "who was met",
        "whom; by default the process that noted the event, or that the message struck"},
    Key{"for", "duration", "until the heal",
        "how long it lasts; recreate_topic: how long there is no such topic"},
    Key{"times", "1 or more, or \"all\"", "1",
        "strikes again; \"all\" until `for` is over, or until the heal for messages"},
    Key{"after", "a fault's name", "-", "`at` and `nth` count from that fault's strike"},
    Key{"by", "duration or number", "",
        "delay, slow_disk, sink_slow: a duration; sink_failover: how far behind the replica is; "
        "slow: how "
        "many times slower; slow_handling: a duration or how many times; reset_offsets: so many "
        "records on, or back if it is negative"},
    Key{"before", "0 or more", "what is committed",
        "delete_records: what lies below is deleted, if all of it is committed; else nothing"},
    Key{"config", "Kafka's settings", "",
        "change_config: new values for the topic that is the target; without one, the brokers' "
        "defaults for all topics that do not say otherwise; with `for`, they are undone"},
    Key{"pause", "duration", "10s",
        "rolling_restart: from the start of one broker to the end of the next; each is down for "
        "`for`"},
    Key{"replicas", "list of broker numbers, or \"cancel\"", "",
        "reassign: who they are to be, the preferred leader first; or what is under way is called "
        "off"},
    Key{"election", "preferred, unclean", "preferred",
        "elect: of which type; of a topic, a partition, or all"},
    Key{"from", "a target, or a list", "everyone",
        "isolate: from whom; a message fault anywhere: sent by whom"},
    Key{"direction", "both, in, out", "both", "isolate; `out` is what the target sends"},
    Key{"message", "a message", "", "a message fault anywhere: which message"},
    Key{"to", "a target; a number; earliest, latest", "anyone",
        "a message fault anywhere: sent to whom; add_partitions: how many there are then; "
        "reset_offsets: earliest, latest or an offset"},
    Key{"on", "sent, received", "sent", "a message fault anywhere: at which end it strikes"},
};
constexpr std::array when_keys{
    Key{"at", "duration", "", "at that time, or so long after the fault that `after` names"},
    Key{"message", "a message", "", "the n-th that matches `from`, `to`, `on`; also with `chance`"},
    Key{"event", "an observation", "", "right after the n-th that matches `of`"},
    Key{"chance", "a fraction", "",
        "with that probability at each opportunity: a message, or an event of the target"},
    Key{"nth", "1 or more", "1", "message, event: which one"},
    Key{"on", "sent, received", "sent", "message: at which end it strikes"},
    Key{"from", "a target", "anyone", "message: sent by whom"},
    Key{"to", "a target", "anyone", "message: sent to whom"},
    Key{"of", "a producer, group or member", "anyone", "event: whose"},
    Key{"since", "duration", "0s", "message, event: count from this time on"},
};
constexpr std::array axis_keys{
    Key{"axis", "text", "the pointer's last token", "the name of its column"},
    Key{"at", "JSON Pointer", "", "what it varies; * stands for every name"},
    Key{"values", "list", "", "what stands there in turn"},
    Key{"patches", "list of objects", "", "instead of `at` and `values`"},
};
constexpr std::array patch_keys{
    Key{"name", "text", "", "the cell in the axis' column"},
    Key{"set", "JSON Merge Patch", "", "of the whole file (RFC 7396)"},
};

}  // namespace

constexpr std::span<const std::string_view> none_later{};

const ObjectFormat scenario_format{"a scenario", "", scenario_keys, none_later};
const ObjectFormat network_format{"the network", "/network", network_keys, none_later};
const ObjectFormat brokers_format{"the brokers", "/brokers", brokers_keys, none_later};
const ObjectFormat disk_format{"the disks", "/brokers/disk", disk_keys, none_later};
const ObjectFormat topic_format{"a topic", "/topics/NAME", topic_keys, none_later};
const ObjectFormat producer_format{"a producer", "/producers/NAME", producer_keys, none_later};
const ObjectFormat producer_client_format{"a client", "/producers/NAME/client",
                                          producer_client_keys, none_later};
const ObjectFormat sends_format{"a producer's sends", "/producers/NAME/sends", sends_keys,
                                sends_later};
const ObjectFormat outbox_format{"an outbox", "/producers/NAME/sends/outbox", outbox_keys,
                                 none_later};
const ObjectFormat group_client_format{"a client", "/groups/NAME/client", group_client_keys,
                                       none_later};
const ObjectFormat group_format{"a group", "/groups/NAME", group_keys, group_later};
const ObjectFormat publishes_format{"what a group publishes", "/groups/NAME/publishes",
                                    publishes_keys, none_later};
const ObjectFormat member_format{"a member", "/groups/NAME/members/N", member_keys, none_later};
const ObjectFormat handling_format{"a group's handling", "/groups/NAME/handling", handling_keys,
                                   none_later};
const ObjectFormat commit_format{"a commit strategy", "/groups/NAME/commit", commit_keys,
                                 none_later};
const ObjectFormat on_exception_format{"what follows an exception", "/groups/NAME/on_exception",
                                       on_exception_keys, none_later};
const ObjectFormat sink_format{"a sink", "/groups/NAME/sink", sink_keys, none_later};
const ObjectFormat fault_format{"a fault", "/faults/N", fault_keys, none_later};
const ObjectFormat when_format{"a trigger", "/faults/N/when", when_keys, none_later};
const ObjectFormat axis_format{"an axis", "/matrix/N", axis_keys, none_later};
const ObjectFormat patch_format{"a patch", "/matrix/N/patches/M", patch_keys, none_later};

std::span<const ObjectFormat* const> object_formats() {
  static constexpr std::array<const ObjectFormat*, 21> all{&scenario_format,
                                                           &network_format,
                                                           &brokers_format,
                                                           &disk_format,
                                                           &topic_format,
                                                           &producer_format,
                                                           &producer_client_format,
                                                           &sends_format,
                                                           &outbox_format,
                                                           &group_format,
                                                           &group_client_format,
                                                           &member_format,
                                                           &commit_format,
                                                           &handling_format,
                                                           &on_exception_format,
                                                           &publishes_format,
                                                           &sink_format,
                                                           &fault_format,
                                                           &when_format,
                                                           &axis_format,
                                                           &patch_format};
  return all;
}

}  // namespace kafault
