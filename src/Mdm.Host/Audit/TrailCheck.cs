using Mdm.Host.Configuration;

namespace Mdm.Host.Audit;

/// <summary><c>mdm-host --verify-audit</c>: reads a trail and tells whether it is as it was written. The host may run meanwhile, and hears of it.</summary>
internal static class TrailCheck
{
    /// <summary>Where this host's trail is kept.</summary>
    public static string FolderOf(HostConfiguration configuration) => Path.Combine(configuration.PathOf(configuration.Options.State.Directory), "audit");

    /// <param name="configuration">Says where the trail and its secret are.</param>
    /// <param name="directory">A copy to read instead of the host's own trail; it was written under the same secret.</param>
    /// <param name="output">Where the result is told.</param>
    /// <param name="errors">Where it is told that nothing could be read.</param>
    /// <returns>True when nothing was altered, removed or added.</returns>
    public static bool Run(HostConfiguration configuration, string? directory, TextWriter output, TextWriter errors)
    {
        var own = FolderOf(configuration);
        var read = directory ?? own;
        try
        {
            if (!Directory.Exists(read) || !Directory.Exists(own))
            {
                errors.WriteLine($"There is no audit trail in {(Directory.Exists(own) ? read : own)}.");
                return false;
            }
            var report = TrailVerifier.Verify(read, AuditSecret.Beside(own));
            foreach (var fault in report.Faults)
                output.WriteLine(fault);
            var result = report.Faults.Count == 0 ? "whole" : $"{report.Faults.Count} faults";
            output.WriteLine($"Audit trail {read}: lines {report.First} to {report.Last}, {result}.");
            TrailUse.Leave(own, $"lines {report.First} to {report.Last} verified by {Environment.UserName}: {result}");
            return report.Faults.Count == 0;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or MdmException)
        {
            errors.WriteLine($"The audit trail in {read} cannot be read: {trouble.Message}");
            return false;
        }
    }
}
