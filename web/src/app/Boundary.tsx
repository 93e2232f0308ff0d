import { Component, type ReactNode } from "react";

import { Failure } from "../ui/States";

/** Keeps a mistake in one page from taking the frame with it. */
export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    if (this.state.error) {
      return <Failure what="This page could not be shown" error={this.state.error} retry={() => this.setState({ error: null })} />;
    }
    return this.props.children;
  }
}
