using Mdm.Host.Configuration;

namespace Mdm.Host.Audit;

internal static class AuditServices
{
    /// <summary>Needs <see cref="TimeProvider"/>; gives <see cref="AuditTrail"/>, and sends it where a receiver is configured.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">Section <c>Audit</c>, and what this host is called.</param>
    /// <param name="directory">Where the trail is kept.</param>
    /// <exception cref="ConfigurationFaultException">A certificate file of the receiver cannot be used.</exception>
    public static IServiceCollection AddAudit(this IServiceCollection services, HostConfiguration configuration, string directory)
    {
        var options = configuration.Options.Audit;
        services
            .AddHttpContextAccessor()
            .AddSingleton(s => new AuditTrail(directory, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<IHttpContextAccessor>(), s.GetRequiredService<ILogger<AuditTrail>>()));
        if (options.Receiver is not null)
        {
            var dialer = new ReceiverDialer(options, configuration.PathOf);
            var source = new AuditSource(options.SourceId ?? configuration.Options.Door?.HostName ?? Environment.MachineName, options.SiteId, Environment.ProcessId);
            services.AddHostedService(s => new MessageSender(
                s.GetRequiredService<AuditTrail>(), dialer, source, options.MaxBacklog, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<MessageSender>>()));
        }
        // After the sender, so that it stops before it: that the host stops is sent too.
        return services.AddHostedService<AuditKeeper>();
    }
}
