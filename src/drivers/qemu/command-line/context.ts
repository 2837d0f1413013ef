import type { Sysinfo } from '../../../model/domain.ts';
import type { DomainCapabilities } from '../../../model/domain-capabilities.ts';
import type { DiskFormat, HostScsi, SecretReference } from '../../../model/domain-devices.ts';
import type { SavedState } from '../../../model/domain-live.ts';

/** Where a disk's data is. `backing` undefined: QEMU reads the image's own header; null: there is none. */
export interface ResolvedImage {
  readonly path: string;
  readonly format: DiskFormat;
  readonly block: boolean;
  readonly backing?: ResolvedImage | null;
}

/** What a command line needs to know of the host. Everything is data; building touches nothing. */
export interface CommandLineContext {
  /** The domain's own run directory: sockets and pidfile. */
  readonly directory: string;
  /** Two listening QMP sockets: inherited descriptors, or none (then QEMU makes them). */
  readonly monitorFds?: readonly [number, number];
  /** The file with the firmware's variables; undefined: they are on a server. */
  readonly nvram: string | undefined;
  /** What QEMU said of its CPU models on this host. */
  readonly cpus: DomainCapabilities['cpus'];
  /** The host's own SMBIOS, for a guest that shows it; `render` has none. */
  readonly hostSmbios?: Sysinfo | undefined;
  /** Image of a Volume by name. */
  volume(name: string): ResolvedImage | undefined;
  /** Where the value of a secret is. */
  secretFile(secret: SecretReference): string;
  /** The image that takes what the guest writes to a transient disk, by alias; undefined: there is none (`render`). */
  transientImage(alias: string): string | undefined;
  /** Name of the tap device of an interface, by alias. */
  tap(alias: string): string | undefined;
  /** Descriptors of an interface's queues that QEMU inherits; none: it opens the tap by name. */
  tapFds(alias: string): readonly number[];
  /** Generic node of a SCSI unit of the host. */
  scsiGeneric(unit: HostScsi): string | undefined;
  readonly vhostNet: boolean;
  /** TCP port of a display, by its place among the graphics; its TLS port stands behind those of all. */
  displayPort(index: number): number;
  /** False: chains are left to the image's header (`render`, which opens nothing). */
  readonly explicitChains: boolean;
  /** Seconds since 1970, and how far local time is ahead of UTC: for a clock that is relative to now. */
  readonly now: { readonly utc: number; readonly offset: number };
  /** Mount point of the hugetlbfs for guest memory on huge pages of so many bytes. */
  hugepages(size: number): string;
  /** Bytes per huge page where the spec names no size. */
  readonly defaultHugepage: number;
  /** Context id of a vsock that leaves it to the host. */
  readonly vsockCid: number;
  /** Properties of devices by id, as they were in the machine whose state is to be taken over. */
  readonly decided?: SavedState['decided'];
}
