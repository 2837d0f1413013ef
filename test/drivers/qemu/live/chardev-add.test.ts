import { expect, test } from 'vitest';
import { chardevAdd } from '../../../../src/drivers/qemu/live/chardev-add.ts';

test('a running machine is given the ends of UDP that the command line would give it', () => {
  expect(chardevAdd('udp,id=c,host=192.0.2.1,port=4701,localaddr=,localport=4700')).toMatchObject({
    id: 'c',
    backend: {
      type: 'udp',
      data: {
        remote: { type: 'inet', data: { host: '192.0.2.1', port: '4701' } },
        local: { type: 'inet', data: { host: '', port: '4700' } },
      },
    },
  });
});

test.each([
  ['pipe,id=c,path=/p,,q', 'pipe', { device: '/p,q' }],
  ['serial,id=c,path=/dev/ttyS0', 'serial', { device: '/dev/ttyS0' }],
  ['spiceport,id=c,name=org.spice-space.webdav.0', 'spiceport', { fqdn: 'org.spice-space.webdav.0' }],
])('%s is said as QMP has it', (text, type, data) => {
  expect(chardevAdd(text)).toMatchObject({ id: 'c', backend: { type, data } });
});
