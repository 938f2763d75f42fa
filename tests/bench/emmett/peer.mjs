// The peer: the same registrations as emmett keeps them on PostgreSQL. It is told what to do line by line, in JSON.
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { CommandHandler } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';

const store = getPostgreSQLEventStore(process.argv[2]);
const handle = CommandHandler({
  initialState: () => ({ registered: false, submitted: 0 }),
  evolve: (state, { type }) =>
    type === 'Registered' ? { ...state, registered: true } : { ...state, submitted: state.submitted + 1 },
});

const event = (type, data) => ({ type, data: { ...data, happened: '2014-04-12', actor: randomUUID() } });
const registered = () => event('Registered', { fellowship_id: randomUUID(), person_id: randomUUID() });
const submitted = () => event('WorkSubmitted', { cohort_id: randomUUID(), work_id: randomUUID() });
const made = [];

// A command: load the registration, decide, append.
const submit = (stream, times) =>
  handle(store, stream, (state) => {
    if (!state.registered) throw new Error('not registered');
    return Array.from({ length: times }, submitted);
  });

const together = (callers, works, call) =>
  Promise.all(
    Array.from({ length: callers }, async (_, number) => {
      for (let index = number; index < works.length; index += callers) await call(works[index]);
    }),
  );

const does = {
  register: async ({ streams, events }) => {
    const fresh = Array.from({ length: streams }, () => `registration-${randomUUID()}`);
    await together(8, fresh, (stream) =>
      store.appendToStream(stream, [registered(), ...Array.from({ length: events - 1 }, submitted)]),
    );
    made.push(...fresh);
    return {};
  },
  submit: async ({ callers, commands, events }) => {
    const works = made.splice(0, commands);
    const begun = performance.now();
    await together(callers, works, (stream) => submit(stream, events));
    const seconds = (performance.now() - begun) / 1000;
    if (events === 1) made.push(...works);
    return { events: works.length * events, seconds };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { what, ...asked } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await does[what](asked))}\n`);
}
await store.close();
