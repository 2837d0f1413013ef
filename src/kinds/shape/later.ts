/** What libvirt has and we not yet, each with the QEMU that first has it, where that is a newer one than we build for. */
export type Later = ReadonlyMap<string, string | undefined>;

/** From words like `throttlefilters` and `driver/iothreads=9.0`. */
export function laterFrom(words: readonly string[]): Later {
  return new Map(
    words.flatMap((word) => {
      const [, what = '', since] = /^(.*?)(?:=([\d.]+))?$/.exec(word) ?? [];
      return what === '' ? [] : [[what, since] as const];
    }),
  );
}

export function notYet(what: string, since: string | undefined): string {
  return since === undefined
    ? `${what} is not supported yet`
    : `${what} needs QEMU ${since} or later, and is not supported yet`;
}

/** A remark in the schema, for the reference: what libvirt has besides. */
export function laterComment(later: Later): { readonly $comment?: string } {
  if (later.size === 0) return {};
  const words = [...later].map(([what, since]) =>
    since === undefined ? `\`${what}\`` : `\`${what}\` (QEMU ${since})`,
  );
  return { $comment: `Of libvirt and refused here: ${words.join(', ')}.` };
}
