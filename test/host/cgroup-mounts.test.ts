import { expect, test } from 'vitest';
import { findHierarchies } from '../../src/host/cgroup-mounts.ts';

test('controllers of version 1 are found where they are mounted, joined ones too', () => {
  const { byController, unified } = findHierarchies(
    `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw`,
    '7:blkio:/\n4:memory:/not/mounted\n1:cpu,cpuacct:/user.slice\n0::/user.slice',
  );
  expect([...byController]).toEqual([
    ['io', { version: 1, directory: '/sys/fs/cgroup/blkio', top: '/sys/fs/cgroup/blkio' }],
    [
      'cpu',
      { version: 1, directory: '/sys/fs/cgroup/cpu,cpuacct/user.slice', top: '/sys/fs/cgroup/cpu,cpuacct' },
    ],
  ]);
  expect(unified?.directory).toBe('/sys/fs/cgroup/unified/user.slice');
});

test('a container that sees a part of the tree finds itself in it', () => {
  const { byController, unified } = findHierarchies(
    '41 31 0:38 /box /sys/fs/cgroup ro - cgroup2 cgroup2 rw',
    '0::/box/one',
  );
  expect(byController.size).toBe(0);
  expect(unified).toEqual({ version: 2, directory: '/sys/fs/cgroup/one', top: '/sys/fs/cgroup' });
});
