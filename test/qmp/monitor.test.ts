import { Duplex } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { LineFramer } from '../../src/qmp/framing.ts';
import { Monitor } from '../../src/qmp/monitor.ts';

const greeting = '{"QMP":{"version":{"qemu":{"major":7,"minor":2,"micro":22}},"capabilities":[]}}\n';

/** The other end of a monitor: says what `answer` gives for each line. */
function fakeQemu(
  answer: (request: { execute: string; id: number }) => string | undefined,
  first = greeting,
): Duplex {
  const stream = new Duplex({
    read: () => undefined,
    write(chunk, _encoding, done) {
      for (const line of String(chunk).trim().split('\n')) {
        const said = answer(JSON.parse(line));
        if (said !== undefined) stream.push(said);
      }
      done();
    },
  });
  if (first) stream.push(first);
  return stream;
}

const ok = ({ id }: { id: number }) => `{"return":{},"id":${id}}\n`;

test('the greeting is read and capabilities are negotiated', async () => {
  const monitor = await Monitor.connect(fakeQemu(ok));
  expect(monitor.version).toBe('7.2.22');
  monitor.close();
});

test('connected without a greeting means that somebody else holds the monitor', async () => {
  await expect(Monitor.connect(fakeQemu(ok, ''), { timeout: 50 })).rejects.toMatchObject({
    code: 'monitor-busy',
  });
});

test('a command that is not answered ends at its deadline, and the next one works', async () => {
  const monitor = await Monitor.connect(
    fakeQemu((request) => (request.execute === 'hang' ? undefined : ok(request))),
  );
  await expect(monitor.execute('hang', undefined, { timeout: 30 })).rejects.toMatchObject({
    code: 'qmp-timeout',
  });
  await expect(monitor.execute('query-status')).resolves.toEqual({});
  monitor.close();
});

test('an answer to a command that was given up is not taken for the next one', async () => {
  let late = '';
  const monitor = await Monitor.connect(
    fakeQemu((request) => {
      if (request.execute === 'slow') {
        late = `{"return":"late","id":${request.id}}\n`;
        return undefined;
      }
      return request.execute === 'next' ? `${late}{"return":"right","id":${request.id}}\n` : ok(request);
    }),
  );
  await expect(monitor.execute('slow', undefined, { timeout: 20 })).rejects.toMatchObject({
    code: 'qmp-timeout',
  });
  await expect(monitor.execute('next')).resolves.toBe('right');
  monitor.close();
});

test('an error of QEMU carries its words', async () => {
  const answer = ({ execute, id }: { execute: string; id: number }) =>
    execute === 'device_del'
      ? `{"error":{"class":"DeviceNotFound","desc":"no such device"},"id":${id}}\n`
      : ok({ id });
  const monitor = await Monitor.connect(fakeQemu(answer));
  await expect(monitor.execute('device_del')).rejects.toThrow('no such device');
  monitor.close();
});

test('garbage and endless lines end the connection, not the process', async () => {
  const monitor = await Monitor.connect(
    fakeQemu((request) => (request.execute === 'x' ? 'garbage\n' : ok(request))),
  );
  await expect(monitor.execute('x')).rejects.toMatchObject({ code: 'qmp-protocol' });
  await monitor.closed;
  expect(() => new LineFramer(10).push(Buffer.from('12345678901'))).toThrow(/over 10 bytes/);
});

test('a letter that is cut in two by the stream comes out whole', () => {
  const framer = new LineFramer();
  const bytes = Buffer.from('{"a":"ü"}\n');
  expect([...bytes].flatMap((_, at) => framer.push(bytes.subarray(at, at + 1)))).toEqual(['{"a":"ü"}']);
});

test('a flood of one event arrives as one, with its count', async () => {
  const stream = fakeQemu(ok);
  const monitor = await Monitor.connect(stream);
  const seen: number[] = [];
  monitor.subscribe(({ count }) => seen.push(count));
  stream.push(
    '{"event":"GUEST_CRASHLOADED","data":{},"timestamp":{"seconds":1,"microseconds":1}}\n'.repeat(10_000),
  );
  await vi.waitFor(() => expect(seen.reduce((sum, count) => sum + count, 0)).toBe(10_000), 10_000);
  expect(seen.length).toBeLessThan(100);
  monitor.close();
});
