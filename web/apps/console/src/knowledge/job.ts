/** What takes longer than a request goes on as a job of the server; here it is followed to its end. */
import { onScopeDispose, type Ref, ref, shallowRef } from "vue";
import { get, type Problem, reason, Refused } from "../api.ts";

export interface Job<T = unknown> {
  id: string;
  kind: string;
  state: "running" | "done" | "failed";
  step: string;
  done: number;
  total: number;
  problems: Problem[];
  message: string | null;
  result: T | null;
}

const EVERY_MS = 300;

export interface Errand<T> {
  /** The job as it stands, from its beginning to its end. */
  job: Ref<Job<T> | null>;
  busy: Ref<boolean>;
  refused: Ref<string>;
  problems: Ref<Problem[]>;
  /** Starts a job and follows it; the result, or null where it failed or the page was left. */
  run(start: () => Promise<{ job: string }>): Promise<T | null>;
}

export function useJob<T>(): Errand<T> {
  const job = shallowRef<Job<T> | null>(null);
  const busy = ref(false);
  const refused = ref("");
  const problems = shallowRef<Problem[]>([]);
  let gone = false;
  onScopeDispose(() => (gone = true));

  async function follow(id: string): Promise<T | null> {
    while (!gone) {
      job.value = await get<Job<T>>(`/api/admin/jobs/${id}`);
      if (job.value.state === "done") return job.value.result;
      if (job.value.state === "failed") throw new Refused(0, "failed", job.value.message ?? "", job.value.problems);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    return null;
  }

  async function run(start: () => Promise<{ job: string }>): Promise<T | null> {
    busy.value = true;
    refused.value = "";
    problems.value = [];
    job.value = null;
    try {
      return await follow((await start()).job);
    } catch (error) {
      refused.value = reason(error);
      if (error instanceof Refused) problems.value = error.problems;
      return null;
    } finally {
      busy.value = false;
    }
  }
  return { job, busy, refused, problems, run };
}
