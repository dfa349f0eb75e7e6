import type { Api } from './api.ts'

/** Registers and starts the webhook. */
export const startWebhook = async (api: Api): Promise<void> => {
  await api.get('/api/v1/namespaces')
}
