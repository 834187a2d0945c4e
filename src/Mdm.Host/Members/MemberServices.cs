using Mdm.Host.Configuration;

namespace Mdm.Host.Members;

internal static class MemberServices
{
    /// <summary>Needs <see cref="MembersOptions"/>, <see cref="TimeProvider"/> and, from whoever keeps requests, <see cref="Membership"/>.</summary>
    /// <param name="services">Where it is added.</param>
    /// <param name="stateDirectory">There already.</param>
    public static IServiceCollection AddMembers(this IServiceCollection services, string stateDirectory) => services.AddMembers(ThisHost.Open(stateDirectory));

    /// <summary>The same for a host with a configuration, which others of its site must agree with.</summary>
    /// <exception cref="MdmException">Refused: a secret or the host's id cannot be used.</exception>
    public static IServiceCollection AddMembers(this IServiceCollection services, HostConfiguration configuration, IReadOnlyDictionary<string, string> values)
    {
        var host = ThisHost.Open(configuration.PathOf(configuration.Options.State.Directory));
        foreach (var value in Agreements.Of(configuration, values, host, SecretFile.Open))
            services.AddSingleton(value);
        return services.AddMembers(host).AddSingleton<Farewell>().AddHostedService(provider => provider.GetRequiredService<Farewell>());
    }

    private static IServiceCollection AddMembers(this IServiceCollection services, ThisHost host) => services
        .AddSingleton(host)
        .AddSingleton(provider => StoreClocks.Of(provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<NamedLeases>()
        .AddSingleton<Signals>()
        .AddHostedService(provider => provider.GetRequiredService<Membership>())
        .AddHostedService(provider => provider.GetRequiredService<Signals>());
}
