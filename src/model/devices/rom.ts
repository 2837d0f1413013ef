/** The boot ROM of a PCI device. */
export interface Rom {
  readonly enabled?: boolean;
  readonly bar?: boolean;
  readonly file?: string;
}
