// Reads one topic from its beginning to its present end, and prints each record as a CloudEvent, one JSON a line.
//
//   node read.mjs 127.0.0.1:9092 intake-applications
//
// The library `cloudevents` judges: `Kafka.toEvent` accepts only the Kafka binding (binary mode), and
// `validate` only what CloudEvents 1.0 allows.
import { Consumer, ListOffsetTimestamps, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka'
import { CloudEvent, Kafka } from 'cloudevents'

// The client library is written for Node 22; this is all that it misses in Node 20.
Promise.withResolvers ??= function () {
  const made = {}
  made.promise = new this((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}

const [bootstrap, topic] = process.argv.slice(2)
const consumer = new Consumer({
  groupId: `outside-reader-${process.pid}`,
  clientId: 'outside-reader',
  bootstrapBrokers: bootstrap.split(','),
  deserializers: stringDeserializers
})

const offsets = timestamp => consumer.listOffsets({ topics: [topic], timestamp })
const first = (await offsets(ListOffsetTimestamps.EARLIEST)).get(topic)
const ends = (await offsets(ListOffsetTimestamps.LATEST)).get(topic)
const waiting = new Map([...ends.entries()].filter(([partition, end]) => end > first[partition]))

if (waiting.size > 0) {
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: false })
  for await (const message of stream) {
    if (message.value !== null && message.value !== undefined) {
      const headers = Object.fromEntries(message.headers)
      const read = Kafka.toEvent({ key: message.key, value: message.value, headers })
      // Extensions of the binding keep their prefix in this library: CloudEvents names them without it.
      const named = Object.entries({ ...read }).map(([name, value]) => [name.replace(/^ce_/, ''), value])
      const { key, traceparent, ...attributes } = Object.fromEntries(named)
      const event = new CloudEvent(attributes, true)
      process.stdout.write(`${JSON.stringify({ key: message.key, event })}\n`)
    }
    if (message.offset + 1n >= waiting.get(message.partition)) waiting.delete(message.partition)
    if (waiting.size === 0) break
  }
}
await consumer.close(true)
