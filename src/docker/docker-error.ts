/** The daemon answered, and it was no yes. */
export class DockerError extends Error {
  readonly status: number

  constructor(status: number, complaint: string) {
    super(`Docker answered ${status}: ${complaint}`)
    this.status = status
  }
}
