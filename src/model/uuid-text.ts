/** The form of a UUID that libvirt writes, of any that it reads. */
export function uuidText(written: string): string {
  return written
    .toLowerCase()
    .replaceAll('-', '')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
