export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
/** A JSON Schema (draft 2020-12) node. */
export type JsonSchema = { readonly [key: string]: unknown };
