import { keyText } from '../../model/resource.ts';
import { operation } from '../contract.ts';
import { count, text } from '../input.ts';
import { keyNamed } from '../resource-named.ts';

/** What was done to a resource, the newest first; also of one that is gone. */
export const history = operation({
  name: 'history',
  permission: 'read',
  input: { name: text(), limit: count(20, 1_000) },
  run: async (host, { name, limit }) => {
    const key = keyText(keyNamed(host, name));
    return { key, items: host.history.of(key, limit) };
  },
});
