import { choice } from '../kinds/shape/choice.ts';
import { Decoding } from '../kinds/shape/decoding.ts';
import { seconds } from '../kinds/shape/duration.ts';
