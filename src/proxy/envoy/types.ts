/** As Envoy's configuration is written: each part says of which type it is. */
export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json }

export const TYPE = 'type.googleapis.com/envoy.extensions'
export const MUTATION = `${TYPE}.filters.http.header_mutation.v3.HeaderMutation`
