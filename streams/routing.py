"""Where a record goes when a lane is done with it."""

from moderation.events import LANES, LaneName, Scored
from moderation.settings import TopicName
from streams.messages import Message, Output
from streams.topology import READS

TOPIC_OF: dict[LaneName, TopicName] = {lane: READS[lane][0] for lane in LANES[1:]}
"""Lane -> the topic of posts that wait for it, for the lanes behind the first."""


def onward(record: Scored, message: Message) -> list[Output]:
    """A copy for the policy, so that it can act at once, and one for the next lane the post still needs.

    Inline media travels only to the lanes that need it.
    """
    key = record.post.post_id.encode()
    copy = record.model_copy(update={"post": record.post.without_inline_media()})
    outputs = [Output("scored", message.partition, key, copy.to_json(), origin=message)]
    pending = record.lanes_in("pending")
    if pending:
        topic = TOPIC_OF[pending[0]]
        outputs.append(Output(topic, message.partition, key, record.to_json(), origin=message))
    return outputs
