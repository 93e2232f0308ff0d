import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { listen } from "../api/client";

/** Keeps queues and counts fresh while alerts come in; bursts are read once. */
export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        for (const key of ["alerts", "incidents", "status", "dashboard"]) void client.invalidateQueries({ queryKey: [key] });
      }, 700);
    };
    // `estate`: a scan changed what is there, or this reader missed something.
    const all = () => void client.invalidateQueries();
    const stop = listen("alerts/stream", { alert: refresh, incident: refresh, estate: all });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client]);
}
